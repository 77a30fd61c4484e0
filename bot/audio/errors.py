"""What can go wrong with sound.

AudioError
├─ UnusableError   these bytes will never do; has the reason
├─ BusyError       too many wait already; nothing was begun
└─ WorkerError     a worker process crashed, was stopped at a limit, or did not start

Every error says what follows from it. `nothing_happened` is true of all of them: work on sound
changes nothing outside the process that does it. `worth_repeating` tells whether the same call may
succeed later. No error text holds anything people recorded or sent.
"""

from typing import ClassVar, Literal

#: Why a file is of no use: there are no bytes; it is no kind of sound file that we take; it has no
#: sound inside, or next to none; it plays longer than was allowed; or it is damaged beyond use.
Reason = Literal["empty", "not sound", "no sound in it", "too long", "broken"]


class AudioError(Exception):
    """Anything that can go wrong here. Catch it to catch all of them."""

    nothing_happened: ClassVar[bool] = True
    #: The same call may succeed later.
    worth_repeating: ClassVar[bool] = False


class UnusableError(AudioError):
    """These bytes will never do, however often they are tried. `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


class BusyError(AudioError):
    """As many jobs wait as may. Nothing was begun; try when some of them are done."""

    worth_repeating = True


class WorkerError(AudioError):
    """A worker process crashed, was stopped at a limit of time or memory, or did not start.

    Once more may help. A file that does this twice is better left alone.
    """

    worth_repeating = True
