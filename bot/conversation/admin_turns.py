"""Turns, as operators see them: what was given up, and where the time of one went. No words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.conversation.menus import Choice, Pressed, Presser, Screen, turning
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.storage import JSON, Entry, Transaction, read_trail

#: Entries on a page, and steps of a turn that are shown.
_PAGE: Final = 6
_MOST_STEPS: Final = 60


class ParkedPage:
    """What was given up: tried again, or buried for good."""

    async def screen(
        self, state: Mapping[str, Any], presser: Presser, services: Services
    ) -> Screen:
        """A page of them, or one of them with its steps."""
        language, number = presser.language, state.get("update")
        page = int(state.get("page") or 0)
        async with services.store.read() as tx:
            entry = await tx.inbox.find(number) if isinstance(number, int) else None
            found = await tx.inbox.parked(limit=_PAGE + 1, skip=page * _PAGE)
        if entry is not None:
            rows = [
                [
                    Choice(say("parked retry", language), ["retry", entry.update_id]),
                    Choice(say("parked bury", language), ["bury", entry.update_id]),
                ]
            ]
            is_parked = entry.state == "parked"
            return Screen(told(entry, language), rows if is_parked else [])
        if not found:
            return Screen(say("parked nothing", language))
        rows = [[Choice(_line(entry), ["look", entry.update_id])] for entry in found[:_PAGE]]
        return Screen(say("parked", language), [*rows, *turning(page, is_last=len(found) <= _PAGE)])

    async def press(
        self, means: Sequence[JSON], state: Mapping[str, Any], presser: Presser, tx: Transaction
    ) -> Pressed:
        """Look at one, or deal with it; of two operators who do, one is told that it was done."""
        match means:
            case ["page", int(page)]:
                return Pressed({"at": "parked", "page": max(0, page)})
            case ["look", int(number)]:
                return Pressed({"at": "parked", "update": number})
            case ["retry" | "bury" as verb, int(number)]:
                entry = await tx.inbox.find(number)
                if entry is None or entry.state != "parked":
                    return Pressed({"at": "parked"}, toast="parked gone")
                deal = tx.inbox.reopen if verb == "retry" else tx.inbox.discard
                is_done = await deal(entry, at=presser.at)
                toast = f"parked {verb} done" if is_done else "parked gone"
                return Pressed({"at": "parked"}, toast=toast)
        return Pressed(dict(state))


class TracePage:
    """The turn behind a support code: its steps with their times."""

    async def screen(
        self, state: Mapping[str, Any], presser: Presser, services: Services
    ) -> Screen:
        """The turn, or the question which one."""
        language, code = presser.language, state.get("code")
        if not isinstance(code, str):
            return Screen(say("trace how", language), awaits=["code"])
        entry = await traced(code, services)
        text = told(entry, language) if entry else say("trace unknown", language)
        return Screen(text, [[Choice(say("trace other", language), ["other"])]])

    async def press(
        self, means: Sequence[JSON], state: Mapping[str, Any], presser: Presser, tx: Transaction
    ) -> Pressed:
        """Name another code."""
        match means:
            case ["code", str(words)]:
                return Pressed({"at": "trace", "code": words.strip()[:20]})
        return Pressed({"at": "trace"})


async def traced(code: str, services: Services) -> Entry | None:
    """The turn behind a support code, as people read it out, if it is known still."""
    try:
        number = int(code.strip().strip("`").lower(), 16)
    except ValueError:
        return None
    if number >= 2**63:
        return None
    async with services.store.read() as tx:
        # What a press asked for has the same number, below zero.
        return await tx.inbox.find(-number) or await tx.inbox.find(number)


def told(entry: Entry, language: str) -> str:
    """A turn as an operator reads it: what it was, how it stands, and when which step was done."""
    head = say(
        "trace",
        language,
        ref=f"{abs(entry.update_id):x}",
        name=entry.kind,
        date=entry.accepted_at.strftime("%Y-%m-%d %H:%M:%S"),
        state=say(f"turn {entry.state}", language),
        number=entry.attempts,
    )
    steps = read_trail(entry.trail)[-_MOST_STEPS:]
    lines = [f"{'' if at is None else f'{at:9.2f} s'}  {step}" for step, at in steps]
    if entry.failure:
        lines.append(f"{'':11}  {entry.failure}")
    return "\n".join([head, "```", *lines, "```"]) if lines else head


def _line(entry: Entry) -> str:
    return f"{abs(entry.update_id):x} · {entry.kind} · {entry.failure or '–'}"
