"""Which behaviours are armed, for whom, and how often still."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.ondemand.behaviours import BEHAVIOURS, Behaviour
from bot.sandbox.ondemand.refusals import Refusal


@dataclass(slots=True)
class Armed:
    """One behaviour that waits for its call."""

    behaviour: Behaviour
    parameters: Mapping[str, Any]
    key: str | None
    operation: str | None
    times: int | None
    #: Called when it has acted for the last time.
    then: Callable[[], object] = lambda: None

    def fits(self, operation: str, key: str) -> bool:
        """Whether it acts on this operation, called with this key."""
        mine = self.behaviour.operations
        return (
            self.key in (None, key)
            and self.operation in (None, operation)
            and (not mine or operation in mine)
        )

    def to_json(self) -> dict[str, Any]:
        """Return what the control API shows; of the key only its end."""
        return {
            "behaviour": self.behaviour.name,
            "key": self.key and ending(self.key),
            "operation": self.operation,
            "times": self.times,
            **self.parameters,
        }


@dataclass(slots=True)
class Switchboard:
    """The armed behaviours, oldest first. The oldest that fits a call is the one that acts."""

    armed: list[Armed] = field(default_factory=list)

    def arm(
        self,
        name: str,
        *,
        key: str | None = None,
        operation: str | None = None,
        times: int | None = None,
        **parameters: Any,
    ) -> Armed:
        """Arm a behaviour for the next `times` calls it fits, or until it is cleared.

        Raises `ValueError` for a behaviour, an operation or a parameter that does not exist.
        """
        behaviour = BEHAVIOURS.get(name)
        if behaviour is None:
            raise ValueError(f"there is no behaviour {name!r}")
        if unknown := sorted(parameters.keys() - behaviour.parameters.keys()):
            raise ValueError(f"{name} knows no {', '.join(unknown)}")
        for parameter, value in parameters.items():
            usual = behaviour.parameters[parameter]
            if usual is not None and isinstance(value, str) != isinstance(usual, str):
                raise ValueError(f"{parameter} is something like {usual!r}")
        if times is not None and times < 1:
            raise ValueError("times must be 1 or more")
        if operation and behaviour.operations and operation not in behaviour.operations:
            raise ValueError(f"{name} does not belong to {operation}")
        one = Armed(behaviour, {**behaviour.parameters, **parameters}, key, operation, times)
        self.armed.append(one)
        return one

    def clear(self, name: str | None = None) -> None:
        """Disarm one behaviour, or all of them."""
        self.armed = [one for one in self.armed if name and one.behaviour.name != name]

    def take(self, name: str, operation: str, key: str) -> Mapping[str, Any] | None:
        """Return the parameters of an armed behaviour and count it, or None."""
        for one in self.armed:
            if one.behaviour.name == name and one.fits(operation, key):
                return self._count(one)
        return None

    def take_refusal(self, operation: str, key: str) -> Refusal | None:
        """Return the refusal armed first for this call, if any, and count it."""
        for one in self.armed:
            if one.behaviour.refuse and one.fits(operation, key):
                return one.behaviour.refuse(self._count(one))
        return None

    def _count(self, one: Armed) -> Mapping[str, Any]:
        if one.times is not None:
            one.times -= 1
            if not one.times:
                self.armed.remove(one)
                one.then()
        return one.parameters


def ending(key: str) -> str:
    """Return what may be shown of a key: its last four characters, none of a short one."""
    return f"…{key[-4:]}" if len(key) >= 12 else "…"
