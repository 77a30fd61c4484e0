"""Translation on demand: words, messages, recordings and answers, into whatever I name."""

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_menus import now


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 5.0


async def told(person: Person, text: str) -> Read:
    """What the bot says to this."""
    await person.says(text)
    (read,) = await person.reads()
    return read


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("/translate es Hello!", "¡Hola!"),
        ("/translate en español: Good morning. Thank you.", "Buenos días. Gracias."),
        ("/translate 日本語 How are you?", "お元気ですか？"),
        ("/translate auf Deutsch\nThank you.", "Danke."),
        ("/translate ¿Cómo estás?", "How are you?"),
        ("/translate ar What is your name?", "ما اسمك؟"),
    ],
)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_words_are_translated(anna: Person, text: str, translation: str) -> None:
    """I name a language in whatever language I like, or none, and it is mine."""
    read = await told(anna, text)

    assert read.text == translation


async def test_a_message_is_translated(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """In a group I reply to what Bruno wrote; the next who asks for it costs nothing."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    said = await bruno.says("¿Dónde estás?", in_=group)

    await anna.says("/translate", in_=group, reply_to=said)
    (mine,) = await anna.reads(in_=group)
    await anna.says("/translate fr", in_=group, reply_to=said)
    (french,) = await anna.reads(in_=group)
    await bruno.says("/translate en", in_=group, reply_to=said)
    (again,) = await anna.reads(in_=group)
    await anna.says("/usage", in_=group)
    (usage,) = await anna.reads(in_=group)

    assert [read.text for read in (mine, french, again)] == [
        "Where are you?",
        "Où es-tu ?",
        "Where are you?",
    ]
    assert mine.reply_to == said.id
    assert len(ondemand.calls("translate")) == 2
    assert "Translations: 2" in usage.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_without_a_text_i_choose_a_language_first(anna: Person) -> None:
    """One sentence and a keyboard; I press, reply with my words as often as I like."""
    menu = await told(anna, "/translate")
    assert menu.text == say("translate how", "en")
    assert labels(menu)[:3] == ["🇬🇧 English", "🇪🇸 Español", "🇫🇷 Français"]

    await anna.presses("›")
    assert "🇿🇦 Afrikaans" in labels(now(anna, menu))
    await anna.presses("‹")
    await anna.presses("🇪🇸 Español")
    assert now(anna, menu).text.startswith("Spanish\n")
    for words in ("Thank you.", "Goodbye."):
        await anna.says(words, reply_to=menu)

    assert [read.text for read in await anna.reads(2)] == ["Gracias.", "Adiós."]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_language_that_does_not_exist_is_asked_about(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """The nearest ones are offered; what I press takes the place of the question."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    said = await bruno.says("Gracias.", in_=group)

    mine = await told(anna, "/translate spansh Thank you.")
    assert mine.text == say("translate near", "en", words="spansh")
    assert labels(mine) == ["🇪🇸 Español", "Other languages"]
    await anna.presses("🇪🇸 Español")
    await anna.sees_eventually(lambda seen: seen[-1].text == "Gracias.")
    await anna.says("/translate qqqqqq", in_=group, reply_to=said)
    (other,) = await anna.reads(in_=group)
    await anna.presses("🇫🇷 Français", in_=group)
    seen = await anna.sees_eventually(lambda seen: seen[-1].text == "Merci.", in_=group)

    assert other.text == say("translate unknown", "en", words="qqqqqq")
    assert other.reply_to == said.id
    assert seen[-1].id == other.id


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_i_can_read_already_is_for_somebody_else(anna: Person) -> None:
    """I name no language, and the text is in mine: I am asked which one I mean."""
    said = await anna.says("Good morning and thank you very much.")
    await anna.reads(when=is_final)

    await anna.says("/translate", reply_to=said)
    (menu,) = await anna.reads()

    assert menu.text == say("translate into", "en")
    await anna.presses("🇩🇪 Deutsch")
    await anna.sees_eventually(lambda seen: seen[-1].text.startswith("[de] Good morning"))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["@bruno_k", "https://example.org/page", "🎉🎉", "12:30"])
async def test_where_there_is_nothing_to_translate_nothing_is_paid(
    telegram: TelegramSandbox, anna: Person, ondemand: OnDemandSandbox, text: str
) -> None:
    """Only a mention, a link, signs or numbers: I am told so."""
    group = telegram.group("Trip", anna, telegram.bot)
    said = await anna.says(text, in_=group)

    await anna.says("/translate es", in_=group, reply_to=said)

    (read,) = await anna.reads(in_=group)
    assert read.text == say("translate nothing", "en")
    assert ondemand.calls("translate") == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_caption_of_an_album_is_translated(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """I reply to the picture that has the words; below another one there are none."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    first, second = await bruno.sends_album(
        {"photo": b"\xff\xd8one"}, {"photo": b"\xff\xd8two", "caption": "Gracias."}, in_=group
    )

    await anna.says("/translate", in_=group, reply_to=second)
    (words,) = await anna.reads(in_=group)
    await anna.says("/translate", in_=group, reply_to=first)
    (none,) = await anna.reads(in_=group)

    assert words.text == "Thank you."
    assert none.text == say("translate nothing", "en")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_poll_is_translated(
    telegram: TelegramSandbox, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The question and what can be answered."""
    group = telegram.group("Trip", anna, telegram.bot)
    await anna.says("/translate es", in_=group)
    await anna.reads(in_=group)
    asked = telegram.updates()[-1]["message"]
    options = [{"text": text, "voter_count": 0} for text in ("By train", "By bus")]
    poll = {
        "id": "1",
        "question": "How do we go?",
        "options": [{**option, "persistent_id": str(n)} for n, option in enumerate(options)],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    }
    original = {key: asked[key] for key in ("from", "chat", "date")} | {"message_id": 5}
    telegram.inject(
        {"message": {**asked, "message_id": 77, "reply_to_message": {**original, "poll": poll}}}
    )

    (read,) = await anna.reads(in_=group)
    assert read.text == "[es] How do we go?\n• By train\n• By bus"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_message_that_is_gone_is_nothing_to_translate(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """Bruno deletes what I reply to: I am asked what I mean; later that it is gone."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    said = await bruno.says("Gracias.", in_=group)
    await anna.says("/translate qqqqqq", in_=group, reply_to=said)
    (menu,) = await anna.reads(in_=group)

    await bruno.deletes(said, in_=group)
    await anna.presses("🇫🇷 Français", in_=group)

    await anna.sees_eventually(lambda seen: seen[-1].text == say("translate gone", "en"), in_=group)
    assert menu.id == anna.sees(in_=group)[-1].id


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_recording_is_heard_first(
    anna: Person, bruno: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I read what was said and what that means; nothing of it stays at OnDemand."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    said = await anna.speaks("Where are you?", in_=group)

    await bruno.says("/translate", in_=group, reply_to=said)

    (read,) = await bruno.reads(in_=group, timeout=60)
    assert read.text == "🎙 Where are you?\n\n¿Dónde estás?"
    await bruno.says("/translate fr", in_=group, reply_to=said)
    (french,) = await bruno.reads(in_=group)
    assert french.text == "🎙 Where are you?\n\nOù es-tu ?"
    assert len(ondemand.calls("speech_to_text")) == 1
    assert ondemand.media_left() == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_code_stays_code_and_links_stay_links(anna: Person) -> None:
    """What no language is comes out as it went in."""
    read = await told(anna, "/translate es Thank you.\n```\nprint('Thank you.')\n```\nGoodbye.")

    assert read.text == "Gracias.\n\nprint('Thank you.')\n\nAdiós."


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_long_text_may_grow(anna: Person, ondemand: OnDemandSandbox) -> None:
    """Four thousand characters become six thousand: all of it comes, in several messages."""
    sentence = "Vielen Dank für alles, wir sehen uns. "
    text = (sentence * 110)[:4050].strip()
    ondemand.will("translates_long")

    await anna.says(f"/translate ru {text}")
    parts = await anna.reads(2)

    assert len(ondemand.calls("translate")) == 2  # Of three parts two are the same.
    assert sum(len(part.text) for part in parts) > 5_900


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_right_to_left_line_begins_at_the_right(anna: Person) -> None:
    """A Latin name at its beginning does not turn it round."""
    read = await told(anna, "/translate ar Porto!")

    assert read.text == "\u200f[ar] Porto!"


@pytest.mark.parametrize("behaviour", ["not_subscribed", "unknown_error", "server_error"])
async def test_where_the_service_fails_the_assistant_translates(
    anna: Person, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """It is asked in a session of its own, which is deleted, and my conversation hears nothing."""
    ondemand.will(behaviour, operation="translate")

    read = await told(anna, "/translate es Thank you.")

    assert read.text == "Gracias."
    (query,) = ondemand.calls("submit_query")
    assert query.body["fulfillmentOnly"] is True
    assert len(ondemand.calls("create_session")) == len(ondemand.calls("delete_session")) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_where_nobody_can_translate_i_am_told(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """One sentence what happened, and nothing is left behind."""
    ondemand.will("unknown_error", operation="translate", times=None)
    ondemand.will("policy_refusal", operation="submit_query")

    read = await told(anna, "/translate es Thank you.")

    assert read.text.startswith("The assistant does not want")
    assert len(ondemand.calls("delete_session")) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_text_that_reads_the_same_is_said_to(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The service gives back what it got: I am told, and not shown it again."""
    ondemand.will("translates_nothing")

    read = await told(anna, "/translate es Porto")

    assert read.text == say("translate same", "en", name="Spanish")


async def test_a_translation_is_paid_once_whatever_happens(
    anna: Person, bot: RunningBot, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Telegram is away when mine is ready, and the bot is started again: it is not paid again."""
    telegram.will("bad_gateway", method="sendMessage", times=1)
    await anna.says("/translate es Thank you.")
    await bot.restart()

    await anna.sees_eventually(lambda seen: seen[-1].text == "Gracias.")

    assert len(ondemand.calls("translate")) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_two_people_talk_through_the_interpreter(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """Each speaks their own language, and the other reads and hears it; until it is ended."""
    group = telegram.group("Two", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)
    how = await anna.says("/translate voice", in_=group)
    await anna.says("/translate voice es", in_=group)
    usage, begun = await anna.reads(2, in_=group)

    english = await anna.speaks("Where are you?", in_=group)
    (spanish,) = await bruno.reads(in_=group, when=lambda r: r.reply_to == english.id, timeout=60)
    await bruno.reads(in_=group, when=lambda r: r.kind == "voice", timeout=60)
    back = await bruno.speaks("Muchas gracias. Hasta mañana.", language="es", in_=group)
    (answer,) = await anna.reads(in_=group, when=lambda r: r.reply_to == back.id, timeout=60)
    await anna.reads(in_=group, when=lambda r: r.kind == "voice", timeout=60)
    await anna.says("/translate voice off", in_=group)
    await anna.reads(in_=group, when=lambda r: r.text == say("interpreting off", "en"))
    await anna.speaks("Where are you?", in_=group)
    await anna.says("/usage", in_=group)
    await anna.reads(in_=group, when=lambda r: "Translations: 2" in r.text)

    assert usage.reply_to == how.id
    assert "Spanish ⇄ English" in begun.text
    assert spanish.text == "🎙 Where are you?\n\n🇪🇸 ¿Dónde estás?"
    said = [call.body["input"] for call in ondemand.calls("text_to_speech")]
    assert said == ["¿Dónde estás?", "Thank you very much. See you tomorrow."]
    assert answer.text.endswith("🇬🇧 Thank you very much. See you tomorrow.")
    assert len(ondemand.calls("speech_to_text")) == 2
    assert ondemand.calls("submit_query") == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_in_a_group_its_admins_switch_the_interpreter(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """I am a member and told that it is not mine to switch; who writes as the group may."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await bruno.says("/translate voice fr", in_=group)
    (refused,) = await bruno.reads(in_=group)
    written = telegram.updates()[-1]["message"]
    nobody = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    anonymous = {**written, "from": nobody, "sender_chat": written["chat"], "message_id": 77}

    telegram.inject({"message": anonymous})
    (begun,) = await bruno.reads(in_=group)
    await bruno.says("/translate voice off", in_=group)
    (still,) = await bruno.reads(in_=group)

    assert refused.text == still.text == say("press admins", "es")
    assert "French ⇄ English" in begun.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_alone_with_the_bot_i_switch_the_interpreter(anna: Person) -> None:
    """Two of us pass one phone to and fro."""
    begun = await told(anna, "/translate voice es")
    ended = await told(anna, "/translate voice off")

    assert "Spanish ⇄ English" in begun.text
    assert ended.text == say("interpreting off", "en")
