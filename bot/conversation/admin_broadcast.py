"""A broadcast, from the first word to the last post: written, seen, aimed, and set going."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.conversation.menus import Choice, Pressed, Presser, Screen
from bot.conversation.phrases import say
from bot.conversation.quotas import day_of
from bot.conversation.services import Services
from bot.conversation.usage_report import grouped
from bot.storage import JSON, Broadcast, Transaction

#: Characters of a text, so that it fits into one message beside ours.
LONGEST: Final = 3000

#: Whom it is for: everybody, or who asked something on one of so many days.
_AUDIENCES: Final = (None, 30, 7)

#: Messages in a second. Telegram takes thirty of a bot, and answers need their share.
_PACES: Final = (2, 10, 20)

#: Broadcasts that are listed.
_LISTED: Final = 5

#: The fates that are told, and in what order.
_FATES: Final = ("sent", "open", "unreachable", "unsure", "refused")


class BroadcastPage:
    """One broadcast, or the newest of them."""

    async def screen(
        self, state: Mapping[str, Any], presser: Presser, services: Services
    ) -> Screen:
        """The broadcast that is looked at, by how far it is; else the list."""
        language, number = presser.language, state.get("number")
        if state.get("is_new"):
            return Screen(say("broadcast how", language, number=LONGEST), awaits=["text"])
        today = day_of(services.clock.now())
        async with services.store.read() as tx:
            broadcast = await tx.broadcasts.find(number) if isinstance(number, int) else None
            newest = await tx.broadcasts.newest(_LISTED)
            people = await tx.broadcasts.audience(
                broadcast.active_days if broadcast else None,
                today=today,
                guests=services.door.guests,
            )
            tally = await tx.broadcasts.tally(broadcast.id) if broadcast else {}
        if broadcast is None:
            rows = [[Choice(say("broadcast write", language), ["write"])]]
            rows += [[Choice(_line(each, language), ["look", each.id])] for each in newest]
            return Screen(say("broadcast", language), rows)
        if broadcast.state == "draft":
            shown = _draft(broadcast, people, language, is_sure=bool(state.get("is_sure")))
            if len(services.surface.format(shown.text)) == 1:
                return shown
            # What an operator cannot see whole is not sent: emoji, tables and links take room.
            how = say("broadcast how", language, number=LONGEST)
            return Screen(f"{say('broadcast too long', language)} {how}", awaits=["text"])
        lines = [say(f"broadcast {broadcast.state}", language)]
        lines += [
            say(f"fate {fate}", language, number=grouped(tally[fate]))
            for fate in _FATES
            if tally.get(fate)
        ]
        verbs = {"running": ["hold", "refresh", "end"], "paused": ["resume", "end"]}
        row = [
            Choice(say(f"broadcast {verb}", language), [verb])
            for verb in verbs.get(broadcast.state, [])
        ]
        return Screen("\n".join(lines), [row] if row else [])

    async def press(
        self, means: Sequence[JSON], state: Mapping[str, Any], presser: Presser, tx: Transaction
    ) -> Pressed:
        """Write, aim, and set going; hold, let go on, and end."""
        here: dict[str, JSON] = {"at": "broadcast"}
        match means:
            case ["write"]:
                return Pressed(here | {"is_new": True})
            case ["text", str(words)]:
                if len(words) > LONGEST:
                    return Pressed(here | {"is_new": True}, toast="broadcast too long")
                made = await tx.broadcasts.draft(presser.user, words, pace=_PACES[1], at=presser.at)
                return Pressed(here | {"number": made})
            case ["look", int(looked_at)]:
                return Pressed(here | {"number": looked_at})
        number = state.get("number")
        broadcast = await tx.broadcasts.find(number) if isinstance(number, int) else None
        if broadcast is None:
            return Pressed(here)
        there = here | {"number": broadcast.id}
        match means:
            case ["days", (int() | None) as days]:
                await tx.broadcasts.revise(broadcast.id, active_days=days, pace=broadcast.pace)
            case ["pace", int(pace)]:
                days = broadcast.active_days
                await tx.broadcasts.revise(broadcast.id, active_days=days, pace=pace)
            case ["ready"]:
                return Pressed(there | {"is_sure": True})
            case ["send"] if await tx.broadcasts.begin(
                broadcast.id, today=day_of(presser.at), guests=presser.door.guests
            ):
                return Pressed(there, wish="broadcast")
            case ["hold"]:
                await tx.broadcasts.turn(broadcast.id, "paused", before=("running",))
            case ["resume"] if await tx.broadcasts.turn(
                broadcast.id, "running", before=("paused",)
            ):
                return Pressed(there, wish="broadcast")
            case ["end"]:
                await tx.broadcasts.turn(
                    broadcast.id, "stopped", before=("draft", "running", "paused")
                )
        return Pressed(there)


def _draft(broadcast: Broadcast, people: int, language: str, *, is_sure: bool) -> Screen:
    """How it will look, and for whom; or whether that is really meant."""
    count = grouped(people)
    if is_sure:
        yes = [[Choice(say("broadcast send", language, number=count), ["send"])]]
        return Screen(say("broadcast sure", language, number=count), yes)
    audiences = [
        Choice(
            say("audience all", language)
            if days is None
            else say("audience active", language, number=days),
            ["days", days],
            broadcast.active_days == days,
        )
        for days in _AUDIENCES
    ]
    paces = [
        Choice(say("pace", language, number=pace), ["pace", pace], broadcast.pace == pace)
        for pace in _PACES
    ]
    text = say("broadcast draft", language, number=count)
    last = [Choice(say("broadcast end", language), ["end"])]
    if people:
        last.insert(0, Choice(say("broadcast ready", language), ["ready"]))
    return Screen(f"{text}\n\n{broadcast.text}", [audiences, paces, last])


def _line(broadcast: Broadcast, language: str) -> str:
    state = say(f"state {broadcast.state}", language)
    return f"{broadcast.made_at:%Y-%m-%d %H:%M} · {state}"
