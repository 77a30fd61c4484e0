"""An answer that grows: when it shows, how it changes, how it ends."""

from itertools import pairwise

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.world import Version
from tests.dialogues.conftest import is_final, labels

SLOW = "One sentence comes first. " + " ".join(f"word{number}" for number in range(60))


async def test_the_first_thing_i_see_means_something(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """My phone shows a sentence, not three dots."""
    ondemand.assistant.will_say(SLOW, word_delay=0.05)

    await anna.says("Tell me.")
    (answer,) = await anna.reads(when=is_final)

    first, *_, last = telegram.history(answer)
    assert first.content["text"].startswith("One sentence comes first.")
    assert last.content["text"] == SLOW


async def test_it_grows_at_a_pace_that_telegram_likes(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """The text grows every second or so, and never faster."""
    glimpses: list[Version] = []
    for word_delay in (0.06, 0.12, 0.24):  # Where changes take long, fewer are made.
        ondemand.assistant.will_say(SLOW, word_delay=word_delay)
        await anna.says("Tell me.")
        *_, answer = await anna.reads(when=is_final)
        glimpses = telegram.history(answer)[:-1]
        if len(glimpses) >= 2:
            break

    texts = [version.content["text"] for version in glimpses]
    pauses = [(b.at - a.at).total_seconds() for a, b in pairwise(glimpses)]
    assert len(glimpses) >= 2
    assert [pause for pause in pauses if pause < 1.1] == []
    assert all(later.startswith(earlier.rstrip(".")) for earlier, later in pairwise(texts))


async def test_i_see_it_typing_until_it_has_answered(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """While the assistant thinks I see it typing, and afterwards no more."""
    ondemand.assistant.will_say("Done.", first_delay=0.5)

    await anna.says("Think.")
    await anna.sees_eventually(lambda _: anna.sees_action() == "typing")
    await anna.reads(when=is_final)

    assert anna.sees_action() is None
    before = len(telegram.calls("sendChatAction"))
    await anna.says("/help")
    await anna.reads()
    assert len(telegram.calls("sendChatAction")) == before


async def test_i_can_stop_an_answer_and_keep_what_came(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I press Stop: it ends at once, and what was said stays."""
    ondemand.assistant.will_say(SLOW + " THE END", word_delay=0.2)
    await anna.says("Tell me.")
    await anna.reads(when=lambda read: "■ Stop" in labels(read))

    await anna.presses("■ Stop")

    seen = await anna.sees_eventually(lambda seen: is_final(seen[-1]))
    assert seen[-1].text.startswith("One sentence comes first.")
    assert seen[-1].text.endswith("Stopped here.")
    assert "THE END" not in seen[-1].text


async def test_slash_stop_does_the_same_and_says_when_there_is_nothing(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I type /stop; the second time there is nothing to stop."""
    ondemand.assistant.will_say(SLOW, word_delay=0.2)
    await anna.says("Tell me.")
    await anna.reads(when=lambda read: "■ Stop" in labels(read))

    await anna.says("/stop")
    await anna.sees_eventually(lambda seen: any(is_final(read) for read in seen))
    await anna.says("/stop")

    seen = await anna.sees_eventually(lambda seen: "Nothing" in seen[-1].text)
    assert any(read.text.endswith("Stopped here.") for read in seen)


async def test_only_the_answer_is_shown_and_not_the_thinking(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """The assistant's reasoning is not for my eyes."""
    ondemand.assistant.will_say("Forty-two.", thinking=("SECRETLY PONDERING", "STILL PONDERING"))

    await anna.says("What is the answer?")
    (answer,) = await anna.reads(when=is_final)

    shown = " ".join(version.content["text"] for version in telegram.history(answer))
    assert answer.text == "Forty-two."
    assert "PONDERING" not in shown


async def test_a_long_answer_comes_whole_in_several_messages(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """Nothing of a long answer is lost, and its code stays code."""
    code = "\n".join(f"print({number})" for number in range(500))
    ondemand.assistant.will_say(f"Here it is:\n\n```python\n{code}\n```\n\nThat was all.")

    await anna.says("Write a program.")
    await anna.reads(when=is_final)

    parts = anna.sees()[1:]
    whole = "".join(part.text for part in parts)
    assert len(parts) >= 2
    assert [number for number in range(500) if f"print({number})" not in whole] == []
    assert all("pre" in {entity.type for entity in part.entities} for part in parts[:2])
    assert [labels(part) for part in parts] == [[]] * (len(parts) - 1) + [
        ["🔊 Listen", "🌐 Translate", "↻ Again"]
    ]
