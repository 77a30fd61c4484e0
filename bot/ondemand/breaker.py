"""When to stop asking for a while: one breaker for the one host that all calls go to.

    Closed ──ill too often──▶ Open ──the pause is over──▶ Trying: one call, and no other
      ▲                        ▲                            │
      │                        └────────────ill─────────────┤
      └─────────────────────────well────────────────────────┘

While it is open nobody is kept waiting for a platform that is away, and a platform that comes back
is not met by everybody at once. A key that is refused again and again opens it, too.

The rules are pure: a state, what happened, and the time give the next state. `Breaker` holds the
state of one client.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal, NoReturn, TypeAlias

from bot.ondemand import errors
from bot.ondemand.limits import Clock

log = logging.getLogger(__name__)


class Sign(Enum):
    """What a call says of the platform's health."""

    #: It answered, whatever it answered.
    WELL = "well"
    #: It was not reached, fell silent, or its gate had nobody behind it.
    ILL = "ill"
    #: It refused the key.
    REFUSED = "refused"
    #: Nothing: the call was cut by us, or was to a service beside the chat.
    UNCLEAR = "unclear"


#: Told of every call: what it said, or that it was turned away.
Observe: TypeAlias = Callable[[Literal["well", "ill", "refused", "unclear", "turned away"]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When the breaker opens, and for how long. Times are in seconds."""

    #: So many ill calls in a row open it.
    in_a_row: int = 5
    #: So does this share of the last calls, as soon as there are so many.
    window: int = 20
    share: float = 0.5
    #: What is older says nothing any more.
    memory: float = 600.0
    #: From one try to the next: at first, and at most, where it has been away for long.
    pause: float = 10.0
    longest_pause: float = 60.0
    #: So many refusals of the key in a row open it; good keys were refused for a moment (observed
    #: live, 2026-07). Nobody's key gets better within seconds.
    refusals: int = 6
    refused_pause: float = 60.0
    #: Those that are turned away come back one after the other, so far apart; the last of them
    #: after `longest_spread`.
    spacing: float = 0.02
    longest_spread: float = 120.0


@dataclass(frozen=True, slots=True)
class Closed:
    """All calls go. `calls` are the last ones: when each ended, and whether it was ill."""

    #: Raised with each state, so that a call is only heard in the state in which it was let go.
    epoch: int = 0
    calls: tuple[tuple[float, bool], ...] = ()
    #: How often the key was refused since it was last taken.
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """No call goes until a moment."""

    epoch: int
    #: Since when it has been away, over all tries.
    since: float
    until: float
    #: The status with which the key was refused, if that is why.
    refusal: int | None = None
    #: How many were turned away in this state.
    turned_away: int = 0


@dataclass(frozen=True, slots=True)
class Trying:
    """One call has gone to find out. No other goes until it has ended."""

    epoch: int
    since: float
    refusal: int | None = None
    turned_away: int = 0


State: TypeAlias = Closed | Open | Trying

#: Seconds after which whoever is turned away during a try may ask again: it has ended by then,
#: most likely.
_DURING_A_TRY: Final = 3.0


def admit(state: State, now: float, rules: Rules) -> tuple[State, float | None]:
    """Whether a call may go: the state it goes in; and seconds to wait instead, if it may not."""
    if isinstance(state, Closed):
        return state, None
    if isinstance(state, Open) and now >= state.until:
        return Trying(state.epoch + 1, state.since, state.refusal), None
    wait = state.until - now if isinstance(state, Open) else _DURING_A_TRY
    spread = min(rules.longest_spread, state.turned_away * rules.spacing)
    return replace(state, turned_away=state.turned_away + 1), wait + spread


def conclude(
    state: State, sign: Sign, now: float, rules: Rules, *, epoch: int, status: int | None = None
) -> State:
    """The state after a call that was let go in this epoch; `status` is that of a refusal.

    What began in an earlier state says nothing of this one.
    """
    if epoch != state.epoch or isinstance(state, Open):
        return state
    if isinstance(state, Closed):
        return _counted(state, sign, now, rules, status)
    match sign:
        case Sign.WELL:
            return Closed(state.epoch + 1)
        case Sign.ILL:
            away = now - state.since
            pause = min(rules.longest_pause, max(rules.pause, away / 60))
            return Open(state.epoch + 1, state.since, now + pause)
        case Sign.REFUSED:
            return Open(state.epoch + 1, state.since, now + rules.refused_pause, status)
        case Sign.UNCLEAR:  # Somebody else finds out, at once.
            return Open(state.epoch + 1, state.since, now, state.refusal)


def _counted(state: Closed, sign: Sign, now: float, rules: Rules, status: int | None) -> State:
    if sign is Sign.UNCLEAR:
        return state
    if sign is Sign.REFUSED:
        refusals = state.refusals + 1
        if refusals >= rules.refusals:
            return Open(state.epoch + 1, now, now + rules.refused_pause, status)
        return replace(state, refusals=refusals)
    recent = [each for each in state.calls if each[0] > now - rules.memory]
    calls = (*recent, (now, sign is Sign.ILL))[-max(rules.window, rules.in_a_row) :]
    if sign is Sign.WELL:
        return replace(state, calls=calls, refusals=0)
    ill = [was_ill for _, was_ill in calls]
    in_a_row = len(ill) >= rules.in_a_row and all(ill[-rules.in_a_row :])
    is_shared = len(ill) >= rules.window and sum(ill[-rules.window :]) >= rules.share * rules.window
    if in_a_row or is_shared:
        return Open(state.epoch + 1, now, now + rules.pause)
    return replace(state, calls=calls)


def sign_of(error: BaseException | None, *, is_aside: bool) -> Sign:
    """What a call that ended so says of the platform; `None` is one that succeeded.

    `is_aside` says that it went to a service beside the chat: files, speech, plugins. Each may be
    broken alone, and answers a bad file as if it were. Whoever sends bad files must not keep the
    assistant from everybody, so of such a call only that nobody was reached is believed.
    """
    match error:
        case errors.UnreachableError():
            return Sign.ILL
        case _ if is_aside:
            return Sign.UNCLEAR
        case None:
            return Sign.WELL
        case errors.KeyRefusedError():
            return Sign.REFUSED
        case errors.PluginTimedOutError():
            return Sign.WELL  # Of one plugin alone.
        case errors.TimedOutError() | errors.DisconnectedError():
            return Sign.ILL
        case errors.MalformedError() | errors.ServerError():
            return Sign.ILL
        case errors.RouteError():
            return Sign.UNCLEAR
        case errors.StatusError() as told:
            return Sign.WELL if told.status >= 400 else Sign.UNCLEAR
    return Sign.UNCLEAR


@dataclass(frozen=True, slots=True)
class Health:
    """How the platform is, as far as the calls of this process tell."""

    state: Literal["closed", "open", "trying"] = "closed"
    #: Whether the key is what is refused.
    is_key_refused: bool = False
    #: Seconds since it has been away.
    away: float = 0.0
    #: Seconds until a call may go again.
    wait: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether calls go."""
        return self.state == "closed"


class Breaker:
    """Lets calls go, or turns them away, by what became of those before."""

    def __init__(
        self,
        *,
        clock: Clock,
        rules: Rules = Rules(),
        observe: Observe = lambda _: None,
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._observe = observe
        self._state: State = Closed()

    @property
    def health(self) -> Health:
        """How the platform is now."""
        state, now = self._state, self._clock()
        if isinstance(state, Closed):
            return Health()
        return Health(
            state="open" if isinstance(state, Open) else "trying",
            is_key_refused=state.refusal is not None,
            away=now - state.since,
            wait=max(0.0, state.until - now) if isinstance(state, Open) else _DURING_A_TRY,
        )

    def check(self) -> None:
        """Raise what `watching` raises while no call may go; let none go, where one may.

        For who has to wait for something else first, and need not where it will be turned away.
        """
        state, wait = admit(self._state, self._clock(), self._rules)
        if wait is not None:
            self._turn_away(state, wait)

    @contextmanager
    def watching(self, *, is_aside: bool = False) -> Iterator[None]:
        """For the length of a call: let it go, and learn from its end.

        Raises `OutageError`, or `KeyHeldBackError` where that is why, and then nothing was asked.
        """
        state, wait = admit(self._state, self._clock(), self._rules)
        if wait is not None:
            self._turn_away(state, wait)
        self._state, epoch = state, state.epoch
        try:
            yield
        except BaseException as error:  # Cut calls say nothing, and must not hold up a try.
            self._learn(sign_of(error, is_aside=is_aside), epoch, getattr(error, "status", None))
            raise
        self._learn(sign_of(None, is_aside=is_aside), epoch)

    def _turn_away(self, state: State, wait: float) -> NoReturn:
        self._state = state
        self._observe("turned away")
        refusal = None if isinstance(state, Closed) else state.refusal
        if refusal is not None:
            raise errors.KeyHeldBackError(refusal)
        raise errors.OutageError(wait)

    def _learn(self, sign: Sign, epoch: int, status: int | None = None) -> None:
        self._observe(sign.value)
        before, now = self._state, self._clock()
        self._state = after = conclude(before, sign, now, self._rules, epoch=epoch, status=status)
        if isinstance(before, Closed) and isinstance(after, Open):
            if after.refusal is None:
                log.error("ondemand is away")
            else:
                log.error("ondemand refuses the key", extra={"status": after.refusal})
        elif isinstance(before, Trying) and isinstance(after, Closed):
            log.warning("ondemand is back", extra={"seconds": round(now - before.since)})
