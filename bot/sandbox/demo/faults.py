"""The panel of faults: what can go wrong on request, told in plain sentences."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from bot.sandbox.demo import shown
from bot.sandbox.demo.happening import Happening, Row
from bot.sandbox.demo.stream import Stream
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox

State = Literal["idle", "armed", "used"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can be made to go wrong."""

    name: str
    title: str
    sentence: str
    #: Of which remote API it is, and how often it acts; neither for what is done at once.
    api: Literal["telegram", "ondemand", "none"]
    behaviour: str = ""
    times: int = 1
    parameters: dict[str, Any] = field(default_factory=dict)


_FAULTS = (
    Fault(
        "flood",
        "Telegram: 429",
        "Telegram refuses the next edit of an answer that grows, and tells the bot to wait five "
        "seconds. The answer pauses, and arrives all the same.",
        "telegram",
        "flood",
        parameters={"method": "editMessageText", "seconds": 5},
    ),
    Fault(
        "slow_stream",
        "OnDemand: slow stream",
        "The next answer begins only after fifteen seconds of silence. "
        "The bot is seen typing all the while.",
        "ondemand",
        "long_silence",
        parameters={"seconds": 15.0},
    ),
    Fault(
        "cut_stream",
        "OnDemand: cut stream",
        "The next answer breaks off after a few words. "
        "The bot fetches the rest, and does not ask a second time.",
        "ondemand",
        "stream_cut",
        parameters={"frames": 12},
    ),
    Fault(
        "server_error",
        "OnDemand: 500",
        "OnDemand fails at the next three calls. The bot tries again, and nothing is lost.",
        "ondemand",
        "server_error",
        times=3,
    ),
    Fault(
        "expired_session",
        "OnDemand: expired session",
        "OnDemand has forgotten the session at the next question. "
        "The bot opens another, and nobody notices.",
        "ondemand",
        "stale_session",
    ),
    Fault(
        "duplicate_update",
        "Telegram: the same update twice",
        "Telegram delivers the last update again. The bot knows it, and answers once.",
        "none",
    ),
    Fault(
        "kill",
        "Kill the bot now",
        "The bot's process is killed without warning, as in a power cut. "
        "It is started again, and finishes what it had begun.",
        "none",
    ),
)


FAULTS = {fault.name: fault for fault in _FAULTS}


class FaultError(Exception):
    """A fault that cannot be brought about now; says why."""


class Faults:
    """The panel: what is armed, and what has been used up."""

    def __init__(
        self,
        telegram: TelegramSandbox,
        ondemand: OnDemandSandbox,
        *,
        kill: Callable[[], bool],
        happening: Happening,
        stream: Stream,
    ) -> None:
        self._telegram = telegram
        self._ondemand = ondemand
        self._kill = kill
        self._happening = happening
        self._stream = stream
        self._states: dict[str, tuple[State, datetime]] = {}
        self._told = 0

    def to_json(self) -> list[dict[str, Any]]:
        """Return all the faults as the page draws them."""
        return [self._shown(fault) for fault in FAULTS.values()]

    def arm(self, name: str) -> dict[str, Any]:
        """Bring a fault about: at once, or at the next call it fits. One that is armed stays so.

        Raises `KeyError` for one that does not exist, and `FaultError` for one that cannot be now.
        """
        fault = FAULTS[name]
        if self._states.get(name, ("idle",))[0] == "armed":
            return self._shown(fault)
        if fault.api == "none":
            self._do(fault)
            self._become(fault, "used")
        else:
            self._become(fault, "armed")
            armed = self._api(fault).will(fault.behaviour, times=fault.times, **fault.parameters)
            armed.then = lambda: self._become(fault, "used")
        return self._shown(fault)

    def clear(self, name: str) -> dict[str, Any]:
        """Take a fault back. Raises `KeyError` for one that does not exist."""
        fault = FAULTS[name]
        if fault.behaviour:
            self._api(fault).behave(fault.behaviour)
        self._become(fault, "idle")
        return self._shown(fault)

    def _api(self, fault: Fault) -> TelegramSandbox | OnDemandSandbox:
        return self._telegram if fault.api == "telegram" else self._ondemand

    def _do(self, fault: Fault) -> None:
        if fault.name == "kill":
            if not self._kill():
                raise FaultError("The bot is not running just now.")
        elif updates := self._telegram.updates():
            self._telegram.redeliver(updates[-1]["update_id"])
        else:
            raise FaultError("Telegram has delivered nothing yet.")

    def _become(self, fault: Fault, state: State) -> None:
        self._states[fault.name] = (state, datetime.now(UTC))
        self._told += 1
        detail = "cleared" if state == "idle" else state
        self._happening.tell(Row(f"fault-{self._told}", "fault", fault.name, detail=detail))
        self._stream.tell("fault", self._shown(fault))

    def _shown(self, fault: Fault) -> dict[str, Any]:
        state, at = self._states.get(fault.name, ("idle", None))
        return {
            "name": fault.name,
            "title": fault.title,
            "sentence": fault.sentence,
            "state": state,
            "at": shown.moment(at) if at else None,
        }
