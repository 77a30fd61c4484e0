"""Where the bot speaks, as the use cases see it. Telegram is one surface; there could be others.

What can go wrong there:

SurfaceError
├─ ThrottledError    told to wait; has `after`, seconds
├─ UnreachableError  nothing was posted; trying again later may help
├─ UncertainError    it may have been posted; posting again may post it twice
├─ UnseenError       it may have been posted more than once; it is not posted again
├─ RefusedError      this will never be taken as it is
│  └─ VoiceForbiddenError  the person takes no voice messages
├─ LostError         the message is no longer there, or may no longer be changed
├─ MovedError        the chat goes on under another number; has `to`. Nothing was posted
└─ BarredError       we may not speak there any more: blocked, removed, or the chat is gone
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


class SurfaceError(Exception):
    """The surface did not do what was asked."""


class ThrottledError(SurfaceError):
    """Too much was said. `after` is how many seconds to be silent."""

    def __init__(self, after: float) -> None:
        super().__init__(f"told to wait {after:g} s")
        self.after = after


class UnreachableError(SurfaceError):
    """The surface was not reached. Nothing was posted."""


class UncertainError(SurfaceError):
    """No word came back. What was said may stand there or not."""


class UnseenError(SurfaceError):
    """It was posted more than once, and no word ever came back. It is not posted again."""


class RefusedError(SurfaceError):
    """The surface will not take this, however often it is tried."""


class VoiceForbiddenError(RefusedError):
    """The person takes no voice messages."""


class LostError(SurfaceError):
    """The message is gone, or may no longer be changed."""


class MovedError(SurfaceError):
    """The chat goes on elsewhere: a group that became a supergroup. `to` is its number now."""

    def __init__(self, to: int) -> None:
        super().__init__("the chat has moved")
        self.to = to


class BarredError(SurfaceError):
    """We may not speak there any more. Nobody is left to tell."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message belongs: a chat, and perhaps a topic in it."""

    chat: int
    #: The forum topic or message thread, where the chat has them.
    topic: int | None = None
    #: Whether others read along.
    is_group: bool = False

    @property
    def group(self) -> int | None:
        """The group, where it is one."""
        return self.chat if self.is_group else None


@dataclass(frozen=True, slots=True)
class Ref:
    """One message somebody posted, by us or by a person."""

    chat: int
    #: Zero where the surface took the message and could not tell its number: it stands there, or
    #: soon will, and cannot be changed.
    message: int


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message. What it says is for people, what it sends is for us."""

    label: str
    #: At most 64 bytes.
    data: str


@dataclass(frozen=True, slots=True)
class Link:
    """A button under a message that leads somewhere."""

    label: str
    url: str


Keyboard = Sequence[Sequence[Button | Link]]

#: Bytes of the largest file that is fetched. Telegram hands bots nothing larger
#: (https://core.telegram.org/bots/api#getfile).
LARGEST_FILE = 20 << 20

#: What people see us do while we work.
Action = Literal["typing", "record_voice"]


class Part(Protocol):
    """A piece of a formatted text that fits into one message. Equal pieces look equal."""

    @property
    def text(self) -> str:
        """The words alone."""


class TextSurface(Protocol):
    """A place where the bot can write, and be seen at work."""

    def format(self, markdown: str, *, heard: str = "", is_rich: bool = False) -> Sequence[Part]:
        """Markdown, formatted and cut so that each part fits into a message. Nothing is lost.

        `heard` is what the person said aloud: it stands above, folded where it is long. `is_rich`
        wishes for tables and formulas that are drawn; where that cannot be, it is as ever.
        """

    async def post(
        self,
        address: Address,
        part: Part,
        *,
        reply_to: Ref | None = None,
        keyboard: Keyboard = (),
        is_final: bool = True,
        expects_reply: bool = False,
    ) -> Ref:
        """Post a new message. It waits for its turn, and waits out a penalty if it is final.

        One that expects a reply opens the person's keyboard for it, and has no buttons.

        Raises `ThrottledError` when it is not final and the chat is to be left alone, and any
        other `SurfaceError`. A message to reply to that is gone is not an error.
        """

    async def edit(
        self, ref: Ref, part: Part, *, keyboard: Keyboard = (), is_final: bool = True
    ) -> None:
        """Replace what was posted. Equal content is not an error.

        Raises `LostError` when the message is gone, `ThrottledError` when it is not final and the
        chat is to be left alone, and any other `SurfaceError`.
        """

    async def draft(self, address: Address, number: int, part: Part) -> None:
        """Show for half a minute what is being written, with a way to stop it; nothing is posted.

        The same number shows it growing, and the next message takes its place. In private only.

        Raises `RefusedError` where this cannot be shown, `ThrottledError` when the chat is to be
        left alone, and any other `SurfaceError`.
        """

    async def delete(self, ref: Ref) -> None:
        """Take a message back. One that is gone already is not an error."""

    async def act(self, address: Address, action: Action, *, is_new: bool = False) -> bool:
        """Show for some seconds what we are doing; tells whether it could be shown just now.

        What `is_new` is shown sooner than what only goes on.
        """


class Surface(TextSurface, Protocol):
    """A place where the bot can speak: write, send files and sound, and look things up."""

    async def post_file(self, address: Address, name: str, content: bytes) -> None:
        """Post a file. Raises any `SurfaceError`."""

    async def post_photo(self, address: Address, content: bytes, *, caption: str) -> None:
        """Post a picture with words below it. Raises any `SurfaceError`."""

    async def post_voice(
        self,
        address: Address,
        content: bytes,
        seconds: float,
        *,
        caption: str = "",
        reply_to: Ref | None = None,
    ) -> Ref:
        """Post a voice note: OGG with Opus, that plays for so many seconds.

        Raises `VoiceForbiddenError` where the person takes none, and any other `SurfaceError`.
        """

    async def post_audio(
        self,
        address: Address,
        content: bytes,
        seconds: float,
        *,
        title: str,
        caption: str = "",
        reply_to: Ref | None = None,
    ) -> Ref:
        """Post an MP3 as a file that can be played. Raises any `SurfaceError`."""

    async def whisper(self, address: Address, user: int, press: str, part: Part) -> None:
        """Show this in a group to one person alone, who has just pressed a button there.

        Raises `RefusedError` where that is not possible, and any other `SurfaceError`; nobody has
        seen anything then.
        """

    async def is_admin(self, chat: int, user: int) -> bool:
        """Whether this person may decide for the chat. Raises any `SurfaceError`."""

    async def reads_everything(self, chat: int) -> bool:
        """Whether we are shown every message of a group, and not only what is meant for us.

        Raises any `SurfaceError`.
        """

    @property
    def admin_link(self) -> str:
        """Where somebody makes us an admin of one of their groups, with no right but to read."""

    async def fetch(self, file: str) -> bytes:
        """The bytes of a file that somebody posted.

        Raises `RefusedError` for one that is too large, `LostError` for one that is gone, and any
        other `SurfaceError`.
        """
