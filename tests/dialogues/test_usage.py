"""What I used, what I have left, and what happens when nothing is."""

import asyncio
import re

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import HurryingClock, RunningBot, is_final
from tests.dialogues.test_menus import now
from tests.dialogues.test_voice import answer_to, is_spoken, note_for
from tests.waiting import until

#: What one database does the other does: the shelf has a contract.
on_one_database = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

#: How long it is until the next day, as every sentence about a limit says it.
WAIT = re.compile(r"\d+ h \d+ min")


@pytest.fixture
def clock(pace: float) -> HurryingClock:
    """It is noon, so that no day ends within a test."""
    clock = HurryingClock(pace)
    clock.begin_at(hour=12)
    return clock


def is_report(read: Read) -> bool:
    """Whether a message tells what was used."""
    return "• Tokens: " in read.text


async def usage_of(person: Person) -> str:
    """What the bot says of it."""
    await person.says("/usage")
    (read,) = await person.reads(when=is_report)
    return read.text


async def ask(person: Person, question: str = "What is a monad?") -> str:
    """Ask, and read the answer."""
    await person.says(question)
    (read,) = await person.reads(when=is_final)
    return read.text


async def test_i_see_what_i_used_and_that_nothing_limits_me(
    anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """I ask twice, and read how much that was; what others ask is theirs."""
    ondemand.assistant.will_say("A monad is a burrito.")
    ondemand.assistant.will_say("Yes.")
    await ask(anna)
    await ask(anna, "Really?")

    usage = await usage_of(anna)

    counted = (
        "• Questions: 2\n• Tokens: 2\u202f030\n"
        "• Voice, heard: 0:00\n• Voice, spoken: 0:00\n• Translations: 0"
    )
    assert usage == (
        f"What you used\n\nToday\n{counted}\n\nThis month\n{counted}\n\nNothing limits you today."
    )
    assert "• Preguntas: 0\n" in await usage_of(bruno)


async def test_at_the_limit_i_am_told_when_it_ends_and_nothing_is_paid(
    anna: Person, bruno: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I am warned with the last answer, refused in my language, and not told again and again."""
    await bot.restart(QUOTA_QUESTIONS_PER_DAY="2")
    first, second = await ask(anna), await ask(anna)
    for question in ("And now?", "And now?"):
        await anna.says(question)
    (refusal,) = await anna.reads()
    usage = await usage_of(anna)
    for _ in range(2):
        await ask(bruno)
    await bruno.says("¿Y ahora?")
    (rechazo,) = await bruno.reads()

    assert "/usage" not in first
    assert "used most" in second
    assert WAIT.search(second)
    assert refusal.text.startswith("That was all for today.")
    assert WAIT.search(refusal.text)
    assert rechazo.text.startswith("Eso es todo por hoy.")
    assert re.search(r"Left today\n• Questions: 0\n\nA new day begins in 1\d h \d+ min\.$", usage)
    assert "used most" not in ondemand.calls("submit_query")[-1].body["query"]
    assert ondemand.paid == 4


async def test_questions_at_once_are_answered_up_to_the_limit(
    anna: Person, bot: RunningBot, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I ask in eight groups at the same time, three are answered, and I am told why once."""
    await bot.restart(QUOTA_QUESTIONS_PER_DAY="3")
    groups = [telegram.group(f"Trip {number}", anna, telegram.bot) for number in range(8)]

    for group in groups:
        await anna.says("/ask What is a monad?", in_=group)

    await anna.reads(3, when=is_final)
    await anna.reads(when=lambda read: "all for today" in read.text)
    await bot.stop()  # What is still to be said is said.
    answers = [read for group in groups for read in anna.sees(in_=group) if read.is_bot]
    assert len(answers) == 4
    assert ondemand.paid == 3


async def test_words_for_a_menu_are_no_questions(
    anna: Person, bruno: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """My only question of the day is asked, and I still search my conversations by a reply.

    An operator still bans somebody when the whole bot has answered enough.
    """
    await bot.restart(
        ADMIN_USER_IDS=str(bruno.id), QUOTA_QUESTIONS_PER_DAY="1", QUOTA_BOT_QUESTIONS_PER_DAY="1"
    )
    await ask(anna)
    await anna.says("/chats")
    (menu,) = await anna.reads()
    await anna.says("monad", reply_to=menu)
    await anna.sees_eventually(lambda seen: "“monad”" in now(anna, menu).text)
    await bruno.says("/admin")
    (admin,) = await bruno.reads()
    await bruno.presses("👤 Personas", message=admin)
    await bruno.says(str(anna.id), reply_to=admin)
    await bruno.sees_eventually(lambda seen: str(anna.id) in now(bruno, admin).text)
    await bruno.presses("Bloquear", message=admin)
    await anna.says("porto", reply_to=menu)
    (refusal,) = await anna.reads()

    assert "not to answer you" in refusal.text
    assert "“monad”" in now(anna, menu).text
    assert "• Questions: 1\n" in await usage_of(anna)
    assert ondemand.paid == 1


@on_one_database
async def test_again_is_a_question_too(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I press ↻ Again, and it counts; when nothing is left I am told so."""
    await bot.restart(QUOTA_QUESTIONS_PER_DAY="2")
    await ask(anna)
    await anna.presses("↻ Again")
    await until(lambda: ondemand.paid == 2)
    async with asyncio.timeout(20):
        while not (refusal := [read for read in anna.sees() if "all for today" in read.text]):
            # While the first wish is being fulfilled a second one is the same.
            await anna.presses("↻ Again")

    assert len(refusal) == 1
    assert "• Questions: 2\n" in await usage_of(anna)
    assert ondemand.paid == 2


@on_one_database
async def test_tokens_are_limited_too(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """My first answer took more tokens than a day has, so there is no second one."""
    await bot.restart(QUOTA_TOKENS_PER_DAY="1000")
    await ask(anna)
    await anna.says("And now?")
    (refusal,) = await anna.reads()

    assert "all for today" in refusal.text
    assert "Left today\n• Tokens: 0\n" in await usage_of(anna)
    assert ondemand.paid == 1


@on_one_database
async def test_what_was_refused_costs_me_nothing(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """The assistant did not take my question, and I still have it."""
    await bot.restart(QUOTA_QUESTIONS_PER_DAY="2", QUOTA_BOT_QUESTIONS_PER_DAY="2")
    ondemand.will("policy_refusal", operation="submit_query", times=1)
    ondemand.will("nothing_heard", times=1)
    await anna.says("Something bad.")
    await anna.reads()
    await anna.speaks("Hello there.")
    await anna.reads(timeout=60)

    before = await usage_of(anna)
    await ask(anna)
    await ask(anna)

    assert before.startswith("What you used\n\nToday\n• Questions: 0\n")
    assert "Left today\n• Questions: 2\n" in before
    assert not re.search(r"heard: 0:00", before)  # It was listened to.
    assert ondemand.paid == 2


async def test_a_question_that_is_tried_again_counts_once(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The line breaks under one answer and before another, which is begun again; each is one."""
    for _ in range(2):
        ondemand.assistant.will_say("Yes, it is.")
    ondemand.will("stream_cut", times=1)
    await ask(anna)
    ondemand.will("answer_lost", times=1)
    await ask(anna, "And now?")

    assert "• Questions: 2\n• Tokens: 2\u202f030\n" in await usage_of(anna)
    assert ondemand.paid == 2


@on_one_database
async def test_the_limit_of_all_stops_everybody(
    anna: Person, bruno: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I am an admin and have no limit of my own, but the account has one, and I am told."""
    await bot.restart(
        ADMIN_USER_IDS=str(anna.id), QUOTA_QUESTIONS_PER_DAY="1", QUOTA_BOT_QUESTIONS_PER_DAY="3"
    )
    await ask(bruno)
    answers = [await ask(anna), await ask(anna)]
    await anna.says("And now?")
    (refusal,) = await anna.reads()

    assert not any("/usage" in answer for answer in answers)
    assert refusal.text.startswith("I have answered as much as I may today.")
    assert WAIT.search(refusal.text)
    assert "Left today\n• Questions: 0\n" in await usage_of(anna)
    assert ondemand.paid == 3


async def test_translations_are_limited_too(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """My day has room for one; I am told once, and what was translated before costs nothing."""
    await bot.restart(QUOTA_TRANSLATIONS_PER_DAY="1")
    for text in ("Thank you.", "Where are you?", "Where are you?", "Thank you."):
        await anna.says(f"/translate es {text}")
    await anna.reads(when=lambda read: "used up" in read.text)
    await anna.sees_eventually(lambda seen: seen[-1].text == "Gracias.")

    usage = await usage_of(anna)

    said = [read.text for read in anna.sees() if read.is_bot][:-1]
    assert [said[0], said[2:]] == ["Gracias.", ["Gracias."]]
    assert said[1].startswith("Your translations for today are used up.")
    assert WAIT.search(said[1])
    assert "Left today\n• Translations: 0\n" in usage
    assert len(ondemand.calls("translate")) == 1


@on_one_database
async def test_a_long_text_that_cannot_be_translated_uses_up_nothing(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """All of its parts fail at once, and my day is as it was."""
    await bot.restart(QUOTA_TRANSLATIONS_PER_DAY="9")
    ondemand.will("unknown_error", operation="translate", times=None)
    ondemand.will("policy_refusal", operation="submit_query", times=None)

    await anna.says("/translate es " + "We leave at noon. " * 220)
    await anna.reads()
    usage = await usage_of(anna)

    assert "Left today\n• Translations: 9\n" in usage


async def test_a_group_sees_what_all_of_it_used_and_no_names(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """We see what we used here together, and nobody sees who."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await ask(bruno)
    await bruno.says("/ask How do we get to Porto?", in_=group)
    await bruno.reads(in_=group, when=is_final)
    await anna.says("/ask And how long does it take?", in_=group)
    await bruno.reads(in_=group, when=is_final)

    question = await anna.says("/usage", in_=group)
    (usage,) = await anna.reads(in_=group, when=is_report)

    assert usage.reply_to == question.id
    assert usage.text.startswith("What this group used\n\nToday\n• Questions: 2\n")
    assert "Anna" not in usage.text
    assert "Bruno" not in usage.text
    assert "Left" not in usage.text


@on_one_database
async def test_what_i_stop_before_its_first_word_counts_all_the_same(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I ask and say /stop at once; the question was on its way and is paid for."""
    ondemand.will("slow", operation="submit_query", times=1, seconds=2)
    await anna.says("What is a monad?")
    await until(lambda: ondemand.calls("submit_query"))
    await anna.says("/stop")
    await anna.reads()

    assert "Today\n• Questions: 1\n• Tokens: 0\n" in await usage_of(anna)


@on_one_database
async def test_how_many_at_once_is_the_operators_to_say(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I may ask one question, and one more in a minute."""
    await bot.restart(RATE_QUESTIONS_AT_ONCE="1", RATE_SECONDS_PER_QUESTION="60")
    await ask(anna)
    await anna.says("And now?")
    (refusal,) = await anna.reads()

    assert re.search(r"in (60|59|58) s\.", refusal.text)
    assert "• Questions: 1\n" in await usage_of(anna)


@on_one_database
class TestVoice:
    """Limits of voice."""

    async def test_what_is_heard_and_spoken_is_counted_once(
        self, anna: Person, ondemand: OnDemandSandbox
    ) -> None:
        """I speak and am spoken to, and listening again costs nothing."""
        ondemand.assistant.will_say("Good morning.")
        await anna.speaks("Hello there.")
        await answer_to(anna)
        note = await note_for(anna)
        before = await usage_of(anna)
        await anna.presses("🔊 Listen")
        await note_for(anna)

        heard, spoken = (
            re.search(rf"Voice, {how}: 0:0(\d)", before) for how in ("heard", "spoken")
        )
        assert heard
        assert spoken
        assert int(heard[1]) > 0
        assert abs(int(spoken[1]) - (note.duration or 0)) <= 1
        assert await usage_of(anna) == before

    async def test_a_recording_longer_than_what_is_left_is_not_listened_to(
        self, anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
    ) -> None:
        """I speak for longer than my day has room for; I am told so, and nothing is paid."""
        await bot.restart(QUOTA_VOICE_SECONDS_PER_DAY="1")

        await anna.speaks("Please remember to bring your passport and some money.")

        (refusal,) = await anna.reads(timeout=60)
        assert "which is 0:01" in refusal.text
        assert WAIT.search(refusal.text)
        assert ondemand.calls("upload_media") == ondemand.calls("speech_to_text") == []
        assert "Today\n• Questions: 0\n" in await usage_of(anna)

    async def test_when_no_voice_is_left_i_am_answered_in_writing(
        self, anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
    ) -> None:
        """My answers are spoken as long as there is time for it; then I am told, once an hour."""
        await bot.restart(QUOTA_VOICE_SECONDS_PER_DAY="1")
        await anna.says("/voice")
        await anna.reads()
        await anna.presses("Always")
        for said in ("Good morning, I am glad to see you.", "How are you?", "See you soon!"):
            ondemand.assistant.will_say(said)
        await anna.says("Hello!")
        await answer_to(anna)
        await note_for(anna)

        for question in ("And now?", "Goodbye!"):
            await anna.says(question)
            await answer_to(anna)
        usage = await usage_of(anna)

        seen = anna.sees()
        assert len(ondemand.calls("text_to_speech")) == 1
        assert sum(is_spoken(read) for read in seen) == 1
        (told,) = [read.text for read in seen if "used up" in read.text]
        assert WAIT.search(told)
        assert "Left today\n• Voice: 0:00\n" in usage
