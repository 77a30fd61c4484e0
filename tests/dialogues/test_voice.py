"""Talking with the assistant aloud: what I say is heard, and what it says I can hear."""

import io
import re
from collections.abc import Callable

import av
import pytest
from av.audio.stream import AudioStream

from bot.sandbox import recordings
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import is_final, labels
from tests.dialogues.test_groups import BOT
from tests.waiting import until

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

#: Seconds. Speech is really made and really listened to.
PATIENCE = 60.0


def is_spoken(read: Read) -> bool:
    """Whether a message is a voice note."""
    return read.kind == "voice"


def heard_in(read: Read) -> str:
    """The words that stand folded above an answer, without the microphone."""
    folded = [entity for entity in read.entities if entity.type == "expandable_blockquote"]
    if not folded:
        return ""
    units = read.text.encode("utf-16-le")
    (quote,) = folded
    words = units[2 * quote.offset : 2 * (quote.offset + quote.length)].decode("utf-16-le")
    return words.removeprefix("🎙 ")


def words_of(text: str) -> list[str]:
    """The words alone, as they are heard."""
    return re.findall(r"[a-z']+", text.lower())


async def answer_to(person: Person) -> Read:
    """The next complete answer in writing."""
    (read,) = await person.reads(when=is_final, timeout=PATIENCE)
    return read


async def note_for(person: Person) -> Read:
    """The next answer aloud."""
    (read,) = await person.reads(when=is_spoken, timeout=PATIENCE)
    return read


async def test_a_question_asked_aloud_is_answered_aloud(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I say it, read what was understood and the answer, and hear the answer as a voice note."""
    said = recordings.EASILY_HEARD[0]
    ondemand.assistant.will_say(said)

    await anna.speaks("When does the train leave?")

    written, spoken = await answer_to(anna), await note_for(anna)
    assert heard_in(written) == "When does the train leave?"
    assert written.text.endswith(f"\n\n{said}")
    assert labels(written) == ["🔊 Listen", "🌐 Translate", "✎ Fix", "↻ Again"]
    assert [call.body["query"] for call in ondemand.calls("submit_query")] == [
        "When does the train leave?"
    ]
    with av.open(io.BytesIO(spoken.file or b""), "r") as file:
        (stream,) = file.streams
        assert isinstance(stream, AudioStream)
        sound = (stream.codec.name, stream.rate, stream.channels)
        seconds = sum((frame.samples / frame.sample_rate for frame in file.decode(stream)), 0.0)
    assert sound == ("opus", 48_000, 1)
    assert spoken.duration == pytest.approx(seconds, abs=0.6)
    assert words_of(await anna.hears(spoken)) == words_of(said)


async def test_nothing_that_i_said_stays_at_ondemand(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """My recording is deleted there when it was heard, and no name of mine was told."""
    await anna.speaks("Hello there.")
    await answer_to(anna)
    await note_for(anna)

    await anna.says("And now in writing.")
    await answer_to(anna)

    assert ondemand.media_left() == []


async def test_a_recording_is_heard_once(
    anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """The same voice note, sent on by somebody else, is not paid for again."""
    mine = await anna.speaks("What is a monad?")
    first = await answer_to(anna)
    await note_for(anna)

    await bruno.sends(voice=mine.file or b"")
    second = await answer_to(bruno)

    assert heard_in(first) == heard_in(second) == "What is a monad?"
    assert len(ondemand.calls("speech_to_text")) == 1


async def test_i_see_what_the_bot_is_doing(anna: Person, ondemand: OnDemandSandbox) -> None:
    """It types while it thinks, and records while it speaks."""
    ondemand.will("speech_slow", seconds=2)
    await anna.speaks("Hello there.")
    await note_for(anna)

    seen = [action.name for action in anna.saw_actions()]
    assert (seen[0], seen[-1]) == ("typing", "record_voice")


async def test_i_choose_when_i_am_spoken_to(anna: Person, ondemand: OnDemandSandbox) -> None:
    """Never means that nothing is spoken, always that everything is; and the menu says which."""
    await anna.says("/voice")
    (menu,) = await anna.reads()
    assert [label for label in labels(menu) if label.startswith("✅")] == [
        "✅ A voice for a voice",
        "✅ Alloy",
    ]

    await anna.presses("Never")
    await anna.speaks("Hello there.")
    await answer_to(anna)
    await anna.presses("Always")
    await anna.presses("Nova")
    ondemand.assistant.will_say("Good morning.")
    await anna.says("Good morning!")
    await answer_to(anna)
    await note_for(anna)

    (changed,) = [read for read in anna.sees() if read.id == menu.id]
    assert [label for label in labels(changed) if label.startswith("✅")] == [
        "✅ Always",
        "✅ Nova",
    ]
    assert [call.body["voice"] for call in ondemand.calls("text_to_speech")] == ["nova"]


async def test_a_voice_can_be_tried(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I hear how a voice sounds before I decide, and the second time costs nothing."""
    await anna.says("/voice")
    await anna.reads()
    await anna.presses("Onyx")

    await anna.presses("▶ Try it")
    await note_for(anna)
    await anna.presses("▶ Try it")
    await note_for(anna)

    assert [call.body["voice"] for call in ondemand.calls("text_to_speech")] == ["onyx"]


async def test_another_voice_is_tried_before_the_first_was_heard(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I press Try it, take another voice and press again: I hear both, in that order."""
    ondemand.will("slow", operation="text_to_speech", times=1, seconds=2)
    await anna.says("/voice")
    await anna.reads()

    await anna.presses("▶ Try it")
    await anna.presses("Onyx")
    await anna.presses("▶ Try it")
    await anna.presses("▶ Try it")
    await anna.reads(2, when=is_spoken, timeout=PATIENCE)

    assert [call.body["voice"] for call in ondemand.calls("text_to_speech")] == ["alloy", "onyx"]


async def test_i_can_listen_to_any_answer(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I press Listen and hear it; pressing it again costs nothing."""
    ondemand.assistant.will_say(
        "Porto is a city in the north of Portugal, and it is known for its wine.\n\n"
        "```python\nprint('obrigado')\n```\n\nThat is how to say thank you there."
    )
    await anna.says("Tell me about Porto.")
    written = await answer_to(anna)
    assert labels(written) == ["🔊 Listen", "🌐 Translate", "↻ Again"]

    await anna.presses("🔊 Listen")
    first = await note_for(anna)
    paid = ondemand.characters_spoken
    await anna.presses("🔊 Listen")
    second = await note_for(anna)

    assert first.reply_to == second.reply_to == written.id
    assert first.file == second.file
    assert ondemand.characters_spoken == paid
    spoken = " ".join(call.body["input"] for call in ondemand.calls("text_to_speech"))
    assert "a piece of Python code" in spoken
    assert "obrigado" not in spoken


async def test_a_reply_to_a_voice_note_goes_on_with_its_conversation(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I listened to it, began another conversation, and come back by replying to what I heard."""
    ondemand.assistant.will_say("Porto lies at the Douro.")
    await anna.says("Tell me about Porto.")
    await answer_to(anna)
    await anna.presses("🔊 Listen")
    note = await note_for(anna)
    await anna.says("/new")
    await anna.reads()

    await anna.says("And the wine?", reply_to=note)
    await answer_to(anna)

    assert len(ondemand.calls("create_session")) == 1


async def test_what_was_misheard_can_be_put_right(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I press Fix, write what I meant, and the answer in its place is to that."""
    ondemand.assistant.will_say("That is the question.")
    await anna.speaks("Two bee or not two bee?")
    written = await answer_to(anna)
    await note_for(anna)

    ondemand.assistant.will_say("A line of Hamlet's.")
    await anna.presses("✎ Fix")
    (asked,) = await anna.reads(when=lambda read: "right words" in read.text)
    await anna.says("To be or not to be?", reply_to=asked)
    await note_for(anna)

    (fixed,) = [read for read in anna.sees() if read.id == written.id]
    assert heard_in(fixed) == "To be or not to be?"
    assert fixed.text.endswith("A line of Hamlet's.")
    assert asked.id not in [read.id for read in anna.sees()]


async def test_an_answer_to_a_recording_can_be_made_again(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """↻ Again asks the same, shows what was heard, speaks again, and listens to nothing twice."""
    await anna.speaks("Tell me a joke.")
    await answer_to(anna)
    await note_for(anna)

    ondemand.assistant.will_say("A horse walks into a bar.")
    await anna.presses("↻ Again")
    await note_for(anna)

    (written,) = [read for read in anna.sees() if is_final(read)]
    assert heard_in(written) == "Tell me a joke."
    assert written.text.endswith("A horse walks into a bar.")
    assert len(ondemand.calls("speech_to_text")) == 1


async def test_stop_ends_the_speaking(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I have read enough, say /stop, and no voice note follows."""
    ondemand.will("speech_slow", seconds=30)
    await anna.speaks("Tell me a joke.")
    await answer_to(anna)

    await anna.says("/stop")
    await anna.says("What else?")
    await answer_to(anna)

    assert telegram.calls("sendVoice") == []


@pytest.mark.parametrize(
    ("kind", "make"),
    [("audio", recordings.audio_file), ("video_note", recordings.video_note)],
    ids=["a sound file", "a round film"],
)
async def test_other_recordings_are_heard_too(
    kind: str, make: Callable[[str], bytes], anna: Person
) -> None:
    """I send another kind of recording, and it is understood."""
    sentence = recordings.EASILY_HEARD[0]

    await anna.sends(**{kind: make(sentence)})  # type: ignore[arg-type]  # By its name.

    written = await answer_to(anna)
    assert words_of(heard_in(written)) == words_of(sentence)


async def test_in_a_group_a_recording_is_heard_when_it_is_for_the_bot(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """What we say to each other stays ours; a reply to the bot is answered, and so is a mention."""
    group = telegram.group("Trip to Porto", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)  # So that it sees everything, and must tell by itself.
    said = await bruno.speaks("Where is the best food?", in_=group)
    await anna.says(f"{BOT} what do you think?", in_=group, reply_to=said)
    answer = await answer_to(anna)
    await bruno.speaks("And the wine?", in_=group, reply_to=answer)
    await note_for(bruno)

    queries = [call.body["query"] for call in ondemand.calls("submit_query")]
    assert queries == [
        "Anna: Bruno wrote:\n> Where is the best food?\n\nwhat do you think?",
        "Bruno: And the wine?",
    ]


async def test_whoever_forbids_voice_messages_gets_a_file(anna: Person) -> None:
    """My settings take no voice messages; I get the sound as a file, and why."""
    await anna.forbids_voice()

    await anna.speaks("Hello there.")

    (file,) = await anna.reads(when=lambda read: read.kind == "audio", timeout=PATIENCE)
    assert "privacy settings" in file.text
    assert file.duration


async def test_stop_ends_the_listening(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I sent the wrong recording and say /stop: it is not heard, not answered, and deleted."""
    ondemand.will("heard_slow", times=1, seconds=30)
    await anna.speaks("Hello there.")
    await until(lambda: ondemand.calls("speech_to_text"))

    await anna.says("/stop")

    (stopped,) = await anna.reads()
    assert stopped.text == "Stopped."
    await until(lambda: not ondemand.media_left())
    assert ondemand.paid == 0


@pytest.mark.parametrize("pace", [10.0])
async def test_a_recording_that_takes_long_is_said_to_be_kept(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """Listening takes long; I am told that my message is kept, and the answer replaces that."""
    ondemand.will("heard_slow", times=1, seconds=2)

    await anna.speaks("Hello there.")

    (kept,) = await anna.reads(timeout=PATIENCE)
    assert "kept" in kept.text
    seen = await anna.sees_eventually(lambda seen: is_final(seen[1]), PATIENCE)
    assert seen[1].id == kept.id
    assert heard_in(seen[1]) == "Hello there."


async def test_the_bot_does_not_listen_to_itself(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I reply in writing to what it said aloud, and it simply answers."""
    await anna.speaks("Hello there.")
    await answer_to(anna)
    spoken = await note_for(anna)

    await anna.says("Tell me more.", reply_to=spoken)

    await answer_to(anna)
    assert len(ondemand.calls("speech_to_text")) == 1
    assert ondemand.calls("submit_query")[-1].body["query"] == "Tell me more."


async def test_two_taps_are_one_wish(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I tap Listen twice, being impatient, and hear it once."""
    ondemand.assistant.will_say("Good morning.")
    await anna.says("Hello.")
    written = await answer_to(anna)
    ondemand.will("speech_slow", times=1, seconds=1)

    await anna.presses("🔊 Listen", message=written)
    await anna.presses("🔊 Listen", message=written)
    await note_for(anna)
    await anna.says("And now?")
    await answer_to(anna)

    assert len([read for read in anna.sees() if is_spoken(read) and read.is_bot]) == 1
    assert len(ondemand.calls("text_to_speech")) == 1


async def test_ask_below_a_recording_asks_what_was_said(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """I reply /ask to Bruno's voice note, without another word."""
    group = telegram.group("Trip to Porto", anna, bruno, telegram.bot)
    said = await bruno.speaks("Where is the best food?", in_=group)

    await anna.says("/ask", in_=group, reply_to=said)

    await answer_to(anna)
    (call,) = ondemand.calls("submit_query")
    assert call.body["query"] == "Anna: Bruno wrote:\n> Where is the best food?"
