"""Who may use the bot, as operators decide it: people by their numbers, and invitations."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from bot.conversation.menus import Choice, Pressed, Presser, Screen
from bot.conversation.phrases import say
from bot.conversation.quotas import day_of, own_allowance
from bot.conversation.services import Services
from bot.conversation.usage_report import lines_of
from bot.storage import ADMITTED, JSON, OWN_ALLOWANCE, UNREACHABLE, Transaction

#: Questions a day that can be chosen for somebody, besides no limit and the usual one.
_QUESTIONS: Final = (10, 50, 200)

#: For how many people an invitation may be, and how long it holds.
_USES: Final = (1, 10, 100)
_LIFE: Final = timedelta(days=7)

#: Invitations that are listed.
_LISTED: Final = 8

#: Digits of the longest number that Telegram gives to a person.
_LONGEST_NUMBER: Final = 15

#: What is decided about a person.
Verb = Literal["admit", "dismiss", "ban", "unban"]


def number_in(words: str) -> int | None:
    """The number of a person that these words are, if they are one."""
    number = words.strip()
    is_number = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    return int(number) if is_number else None


class PeoplePage:
    """One person: let in and out, banned and not, and with limits of their own."""

    async def screen(
        self, state: Mapping[str, Any], presser: Presser, services: Services
    ) -> Screen:
        """What is known of the person; or the question, who it is about."""
        language = presser.language
        person = state.get("user")
        if not isinstance(person, int):
            return Screen(say("people how", language), awaits=["person"])
        day = day_of(services.clock.now())
        async with services.store.read() as tx:
            user = await tx.users.find(person)
            chosen = await (tx.settings.of_user(person) if user else tx.erased.decided(person))
            is_banned = await tx.bans.holds(person)
            used = await tx.usage.of_user(person, day, day)
        is_in = chosen.get(ADMITTED) is True
        own = own_allowance(chosen.get(OWN_ALLOWANCE), services.quotas.person)
        facts = [
            f"**{person}**",
            say("person since", language, date=user.met_at.date())
            if user
            else say("person unknown", language),
            *([say("person admitted", language)] if is_in else []),
            *([say("person banned", language)] if is_banned else []),
            *([say("person unreachable", language)] if chosen.get(UNREACHABLE) else []),
            "",
            say("usage today", language),
            *lines_of(used, language),
            "",
            say("quota how", language),
        ]
        limits: list[Choice] = [
            Choice(str(number), ["questions", number], own is not None and own.questions == number)
            for number in _QUESTIONS
        ]
        limits.append(
            Choice(
                say("quota none", language),
                ["questions", None],
                own is not None and own.questions is None,
            )
        )
        verbs = ["dismiss" if is_in else "admit", "unban" if is_banned else "ban"]
        return Screen(
            "\n".join(facts),
            [
                [Choice(say(f"person {verb}", language), [verb]) for verb in verbs],
                limits,
                [Choice(say("quota usual", language), ["usual"], own is None)],
                [Choice(say("people other", language), ["other"])],
            ],
        )

    async def press(
        self, means: Sequence[JSON], state: Mapping[str, Any], presser: Presser, tx: Transaction
    ) -> Pressed:
        """Name a person, or decide about the one that is looked at."""
        match means:
            case ["person", str(words)]:
                number = number_in(words)
                if number is None:
                    return Pressed({"at": "people"}, toast="people nobody")
                return Pressed({"at": "people", "user": number})
            case ["other"]:
                return Pressed({"at": "people"})
        person = state.get("user")
        if isinstance(person, int):
            match means:
                case ["admit" | "dismiss" | "ban" | "unban" as verb]:
                    await decide(verb, person, tx, at=presser.at)
                case ["questions", (int() | None) as questions]:
                    await _allow(person, {"questions": questions}, presser, tx)
                case ["usual"]:
                    await _allow(person, None, presser, tx)
        return Pressed(dict(state))


async def decide(verb: Verb, person: int, tx: Transaction, *, at: datetime) -> None:
    """Let somebody in or out again, ban them or lift that, whether or not they ever wrote."""
    match verb:
        case "ban":
            await tx.bans.ban(person, at=at)
        case "unban":
            await tx.bans.lift(person)
        case "admit" | "dismiss":
            await tx.users.meet(person, language=None, at=at)
            await tx.settings.set_for_user(person, ADMITTED, True if verb == "admit" else None)


async def _allow(person: int, own: JSON, presser: Presser, tx: Transaction) -> None:
    """Give somebody a limit of their own for questions, or none."""
    await tx.users.meet(person, language=None, at=presser.at)
    await tx.settings.set_for_user(person, OWN_ALLOWANCE, own)


class InvitesPage:
    """Invitations that hold, new ones, and an end to those that should not hold any more."""

    async def screen(
        self, state: Mapping[str, Any], presser: Presser, services: Services
    ) -> Screen:
        """The links, each with how many may still come in by it."""
        language = presser.language
        async with services.store.read() as tx:
            invites = await tx.invites.open(at=services.clock.now(), limit=_LISTED)
        paragraphs = [say("invites", language)]
        if services.door.mode != "invite":
            paragraphs.append(say("invites idle", language))
        paragraphs += [
            say(
                "invite line",
                language,
                link=services.door.link(invite.token),
                number=invite.uses_left,
                date=invite.expires_at.date(),
            )
            for invite in invites
        ]
        new = [Choice(say("invite new", language, number=uses), ["new", uses]) for uses in _USES]
        ends = [Choice(f"✕ …{invite.token[-4:]}", ["revoke", invite.token]) for invite in invites]
        return Screen(
            "\n\n".join(paragraphs), [new, *(ends[at : at + 4] for at in range(0, len(ends), 4))]
        )

    async def press(
        self, means: Sequence[JSON], state: Mapping[str, Any], presser: Presser, tx: Transaction
    ) -> Pressed:
        """Make a link, or end one."""
        match means:
            case ["new", int(uses)]:
                await tx.invites.make(uses=uses, at=presser.at, until=presser.at + _LIFE)
            case ["revoke", str(token)]:
                await tx.invites.revoke(token)
        return Pressed(dict(state))
