"""Flood control, privacy mode, and which commands are shown: rules without the world around."""

from typing import Any

import pytest

from bot.sandbox.telegram.behaviours import BEHAVIOURS, Switchboard
from bot.sandbox.telegram.detection import detect
from bot.sandbox.telegram.limits import Flood
from bot.sandbox.telegram.privacy import reaches
from bot.sandbox.telegram.profile import EVERYWHERE, Profile, Scope
from bot.sandbox.telegram.webhook import pause_before, webhook_fault
from bot.sandbox.telegram.world import Chat, Member, Message, User, Version, World
from tests.conftest import HandClock

BOT = User(7, "OnDemand", "our_bot", is_bot=True)
ANNA = User(8, "Anna", "anna")
OTHER_BOT = User(9, "Other", "other_bot", is_bot=True)


def said(clock: HandClock, flood: Flood, chat: Chat, every: float, n: int) -> list[int]:
    """Say something `n` times, so many seconds apart, and return what was to wait each time."""
    waits = []
    for _ in range(n):
        waits.append(flood.charge(chat))
        clock.advance(every)
    return waits


@pytest.mark.parametrize(
    ("kind", "every", "n", "waits"),
    [
        ("private", 0.0, 7, [0, 0, 0, 0, 0, 1, 1]),
        ("private", 1.1, 60, [0] * 60),
        ("group", 3.1, 60, [0] * 60),
        ("group", 1.1, 21, [0] * 20 + [38]),
    ],
    ids=["burst", "edits in private", "edits in a group", "too many a minute"],
)
def test_how_much_may_be_said(kind: Any, every: float, n: int, waits: list[int]) -> None:
    """One message a second in a chat, short bursts, twenty a minute in a group."""
    clock = HandClock()

    waited = said(clock, Flood(clock.now), Chat(5, kind), every, n)

    assert waited == waits


def test_chats_share_thirty_a_second() -> None:
    """The thirty-first chat within a moment has to wait, and a refusal costs nothing."""
    clock = HandClock()
    flood = Flood(clock.now)

    waits = [flood.charge(Chat(i, "private")) for i in range(40)]
    clock.advance(1)

    assert waits == [0] * 30 + [1] * 10
    assert flood.charge(Chat(99, "private")) == 0


def test_drafts_have_a_measure_of_their_own() -> None:
    """Drafts flow quicker than messages and do not use them up."""
    clock = HandClock()
    flood, chat = Flood(clock.now), Chat(5, "private")

    drafts = [flood.charge(chat, draft=True) for _ in range(11)]

    assert drafts == [0] * 10 + [1]
    assert flood.charge(chat) == 0


def test_limits_can_be_switched_off() -> None:
    """Whoever measures something else is left alone."""
    clock = HandClock()

    assert said(clock, Flood(clock.now, "off"), Chat(5, "private"), 0, 100) == [0] * 100


def message(text: str, chat: Chat, clock: HandClock, reply_to: Message | None = None) -> Message:
    """Return something Anna says."""
    content = {"text": text, "entities": detect(text)}
    return Message(1, chat, ANNA, [Version(clock.now(), content)], reply_to=reply_to)


@pytest.mark.parametrize(
    ("text", "others", "last", "sees"),
    [
        ("hello", [], BOT, False),
        ("hello @our_bot", [], BOT, False),
        ("/ask@our_bot what", [OTHER_BOT], OTHER_BOT, True),
        ("/ask@Our_Bot what", [OTHER_BOT], OTHER_BOT, True),
        ("/ask@other_bot what", [OTHER_BOT], BOT, False),
        ("/ask what", [], None, True),
        ("/ask what", [OTHER_BOT], BOT, True),
        ("/ask what", [OTHER_BOT], OTHER_BOT, False),
        ("/ask what", [OTHER_BOT], None, False),
    ],
)
def test_what_a_bot_with_privacy_mode_sees(
    text: str, others: list[User], last: User | None, sees: bool
) -> None:
    """In groups the bot sees commands that are meant for it, and little else."""
    chat = Chat(-5, "group", last_bot=last)
    chat.members = {user.id: Member(user) for user in (BOT, ANNA, *others)}

    assert reaches(BOT, message(text, chat, HandClock()), privacy=True) is sees


def test_a_reply_to_the_bot_reaches_it() -> None:
    """Whoever replies to the bot speaks to it; whoever replies to somebody else does not."""
    clock, chat = HandClock(), Chat(-5, "group", members={7: Member(BOT), 8: Member(ANNA)})
    mine = Message(1, chat, BOT, [Version(clock.now(), {"text": "A burrito."})])
    hers = message("Really?", chat, clock)

    assert reaches(BOT, message("Why?", chat, clock, mine), privacy=True)
    assert not reaches(BOT, message("Yes", chat, clock, hers), privacy=True)


@pytest.mark.parametrize(
    ("member", "privacy", "sees"),
    [
        (Member(BOT), True, False),
        (Member(BOT), False, True),
        (Member(BOT, "administrator"), True, True),
        (Member(BOT, "kicked"), False, False),
    ],
)
def test_who_is_let_in_sees_everything(member: Member, privacy: bool, sees: bool) -> None:
    """Administrators and bots without privacy mode see all; who is outside sees nothing."""
    chat = Chat(-5, "group", members={7: member, 8: Member(ANNA)})

    assert reaches(BOT, message("hello", chat, HandClock()), privacy=privacy) is sees


def test_ids_are_told_apart_by_their_kind() -> None:
    """People have positive ids, groups negative ones, supergroups begin with -100."""
    world = World(BOT)

    anna = world.add_user("Anna")
    group = world.add_group("Trip", supergroup=False)
    big = world.add_group("Club", supergroup=True)

    assert world.chats[anna.id].person is anna
    assert group.id < 0
    assert str(big.id).startswith("-100")
    assert len(str(big.id)) == 14


PRIVATE: Scope = ("all_private_chats", None, None)
HERE: Scope = ("chat", 5, None)


@pytest.mark.parametrize(
    ("given", "language", "shown"),
    [
        ({}, "de", None),
        ({(EVERYWHERE, ""): "all"}, "de", "all"),
        ({(EVERYWHERE, ""): "all", (EVERYWHERE, "de"): "alle"}, "de", "alle"),
        ({(EVERYWHERE, "de"): "alle", (PRIVATE, ""): "private"}, "de", "private"),
        ({(HERE, "fr"): "ici", (PRIVATE, ""): "private"}, "de", "private"),
    ],
)
def test_the_narrowest_commands_are_shown(
    given: dict[tuple[Scope, str], str], language: str, shown: str | None
) -> None:
    """A narrower scope wins over a wider one, and there the own language over all."""
    commands = {key: [{"command": name}] for key, name in given.items()}

    menu = Profile(commands=dict(commands)).menu([HERE, PRIVATE], language)

    assert [row["command"] for row in menu] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 0), (2, 2), (3, 4), (4, 8), (7, 64), (8, 90), (50, 90)]
)
def test_pauses_between_deliveries_double(attempt: int, seconds: float) -> None:
    """The first retry is at once, the next ones after 2, 4, 8 seconds up to a ceiling."""
    assert pause_before(attempt, 90.0) == seconds


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("http://127.0.0.1:8080/hook", True),
        ("http://localhost/hook", True),
        ("http://[::1]:80/", True),
        ("https://127.0.0.1/", False),
        ("http://example.com/", False),
        ("http://10.0.0.1/", False),
        ("nonsense", False),
    ],
)
def test_webhooks_are_on_this_machine(url: str, is_good: bool) -> None:
    """Nothing leaves the machine: other hosts are refused."""
    assert (webhook_fault(url) is None) is is_good


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("flod", {}),
        ("flood", {"minutes": 1}),
        ("flood", {"times": 0}),
        ("flood", {"method": "sendMesage"}),
        ("query_too_old", {"method": "sendMessage"}),
    ],
)
def test_what_cannot_be_armed_is_said(name: str, options: dict[str, Any]) -> None:
    """A misspelt behaviour, parameter or method is an error and not silence."""
    with pytest.raises(ValueError, match=r"."):
        Switchboard().arm(name, **options)


def test_behaviours_are_used_up() -> None:
    """One that is armed twice for a chat acts twice there, and never elsewhere."""
    board = Switchboard()
    board.arm("flood", chat=5, times=2, seconds=9)

    refusals = [board.take_refusal("sendMessage", chat) for chat in (6, 5, "5", 5)]

    assert [one and one.description for one in refusals] == [
        None,
        "Too Many Requests: retry after 9",
        "Too Many Requests: retry after 9",
        None,
    ]


def test_every_behaviour_says_what_it_means() -> None:
    """The table is the documentation."""
    assert all(row.meaning.endswith(".") for row in BEHAVIOURS.values())
