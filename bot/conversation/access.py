"""Who may ask, and how often."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from bot.clock import Clock

Mode = Literal["open", "invite", "allowlist"]

#: Questions a person may ask at once, and seconds until one more is allowed.
BURST = 10
REFILL = 6.0

#: People whose pace is remembered. Whoever was quiet longest is forgotten first.
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not answered, as a phrase with its values; told once for each reason."""

    phrase: str
    values: dict[str, object]
    is_worth_telling: bool = True


class Access:
    """The door: everybody, or those the operator let in; and nobody too fast."""

    def __init__(self, *, mode: Mode, admins: Collection[int], clock: Clock) -> None:
        self._mode = mode
        self._admins = frozenset(admins)
        self._clock = clock
        # For each person: when their bucket was looked at, what was in it, and whether they know.
        self._buckets: OrderedDict[int, tuple[float, float, bool]] = OrderedDict()

    def is_admin(self, user: int) -> bool:
        """Whether the operator named this person as an admin."""
        return user in self._admins

    def refuses(self, user: int, *, is_admitted: bool) -> Refusal | None:
        """Why this person may not ask now, or `None` when they may.

        Asking counts: a person has ten questions at once and one more every six seconds.
        """
        if self._mode != "open" and not self.is_admin(user) and not is_admitted:
            return Refusal("no access", {"user": user})
        return self._too_fast(user)

    def _too_fast(self, user: int) -> Refusal | None:
        now = self._clock.monotonic()
        at, left, was_told = self._buckets.pop(user, (now, float(BURST), False))
        left = min(float(BURST), left + (now - at) / REFILL)
        is_allowed = left >= 1
        self._buckets[user] = (now, left - 1 if is_allowed else left, not is_allowed)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if is_allowed:
            return None
        seconds = max(1, round((1 - left) * REFILL))
        return Refusal("slow down", {"seconds": seconds}, is_worth_telling=not was_told)
