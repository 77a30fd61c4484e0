"""A group becomes a supergroup: it is another chat to Telegram, and the same to us."""

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import is_final, labels, said
from tests.dialogues.test_conversation import sessions_of
from tests.waiting import until

LONG = "One sentence comes first. " + " ".join(f"word{number}" for number in range(30))


async def test_a_group_that_moves_keeps_its_conversation(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """We become a supergroup, and the assistant still knows what we talked about."""
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    await anna.says("/ask Shall we go to Porto?", in_=group)
    await anna.reads(in_=group, when=is_final)

    await group.migrate()
    assert await telegram.settled()
    await anna.says("/ask And when?", in_=group)
    await anna.reads(in_=group, when=is_final)

    first, second = sessions_of(ondemand)
    assert first == second
    assert len(ondemand.calls("create_session")) == 1


async def test_an_answer_goes_on_where_the_group_is_now(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """We become a supergroup while the assistant answers; the answer comes whole, and there."""
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    ondemand.assistant.will_say(LONG, word_delay=0.05)
    ondemand.assistant.will_say("The second.")
    ondemand.assistant.will_say("Anew.")
    await anna.says("/ask Tell us.", in_=group)
    await anna.reads(in_=group, when=lambda read: "■ Stop" in labels(read))

    await group.migrate()

    (answer,) = await anna.reads(in_=group, when=is_final)
    assert answer.text == LONG
    await anna.says("/ask And now?", in_=group)
    await anna.reads(in_=group, when=lambda read: read.text == "The second.")
    await anna.presses("↻ Again", message=answer, in_=group)
    await anna.sees_eventually(
        lambda seen: seen[0].text == "Anew." and is_final(seen[0]), in_=group
    )
    assert len(set(sessions_of(ondemand))) == 1
    assert ondemand.paid == 3


async def test_a_question_that_waited_is_answered_where_the_group_is_now(
    anna: Person, bruno: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Anna's answer still grows when Bruno asks and we move: he goes on with his words alone."""
    group = telegram.group("Trip", anna, bruno, telegram.bot, supergroup=False)
    await anna.says("/settings", in_=group)
    await anna.presses("Each their own", in_=group)
    await bruno.says("/ask Porto?", in_=group)
    await bruno.reads(in_=group, when=is_final)
    ondemand.assistant.will_say(LONG, word_delay=0.05)
    await anna.says("/ask Tell me.", in_=group)
    await anna.reads(in_=group, when=lambda read: "■ Stop" in labels(read))

    await bruno.says("/ask And when?", in_=group)
    await group.migrate()
    await until(lambda: len(sessions_of(ondemand)) == 3)
    await bruno.sees_eventually(lambda seen: sum(map(is_final, seen)) == 2, in_=group)

    first, annas, second = sessions_of(ondemand)
    assert first == second != annas
    assert ondemand.calls("submit_query")[-1].body["query"] == "And when?"


@pytest.mark.parametrize("order", ["old first", "new first", "only new", "neither"])
async def test_whoever_tells_of_the_move_first_is_believed(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, order: str
) -> None:
    """Telegram tells of the move twice, in any order, or not at all; nothing gets lost."""
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    await anna.says("/ask Shall we go to Porto?", in_=group)
    await anna.reads(in_=group, when=is_final)
    old = dict(telegram.updates()[-1]["message"])
    new = {**old, "chat": {"id": -1_001_234_567, "type": "supergroup", "title": "Trip"}}
    for message in (old, new):
        del message["text"], message["entities"]
    to_new = {**old, "message_id": 90, "migrate_to_chat_id": new["chat"]["id"]}
    from_old = {**new, "message_id": 1, "migrate_from_chat_id": old["chat"]["id"]}
    told = {
        "old first": [to_new, from_old],
        "new first": [from_old, to_new],
        "only new": [from_old],
        "neither": [],
    }[order]

    for message in told:
        telegram.inject({"message": message})
    assert await telegram.settled()
    if not told:
        await group.migrate()
    await anna.says("/help")
    await anna.reads(when=lambda read: "/stop" in read.text)

    assert len(ondemand.calls("create_session")) == 1


async def test_a_group_that_becomes_a_supergroup_is_not_greeted_again(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """Telegram tells the bot that it was added once more; we do not hear that twice."""
    group = telegram.group("Trip", anna, supergroup=False)
    await group.add(telegram.bot)
    await anna.reads(in_=group)

    await group.migrate()
    # As Telegram does by itself where somebody makes a bot an admin of a plain group.
    await group.promote(telegram.bot)

    (read,) = await anna.reads(in_=group)
    assert read.text == say("sight gained", "en")
    assert await telegram.settled()
    assert len(anna.sees(in_=group)) == 1


async def test_an_old_group_that_moves_is_not_greeted(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person
) -> None:
    """We have talked before; that we are a supergroup now is no reason for a hello."""
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    await anna.says("/ask Shall we go to Porto?", in_=group)
    await anna.reads(in_=group, when=is_final)

    await group.migrate()
    assert await telegram.settled()
    await anna.says("/ask And when?", in_=group)
    await anna.reads(in_=group, when=is_final)

    hello = say("group hello", "en")
    assert len(ondemand.calls("create_session")) == 1
    assert [part.text for part in said(telegram) if hello in part.text] == []


async def test_a_sentence_of_the_bot_finds_the_group_where_it_is_now(
    anna: Person, telegram: TelegramSandbox
) -> None:
    """I ask for help, and the group moves before it is given; it is given in the new one."""
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    telegram.will("slow", method="sendMessage", times=1, seconds=0.5)
    await anna.says("/help@ondemand_sandbox_bot", in_=group)
    await until(lambda: telegram.calls("sendMessage"))

    await group.migrate()

    (help_text,) = await anna.reads(in_=group)
    assert "/stop" in help_text.text
