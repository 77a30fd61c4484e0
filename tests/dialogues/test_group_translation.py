"""A group of several languages reads each other: what is said in one stands below in the others."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import LargeBinary, MetaData, select
from sqlalchemy.ext.asyncio import create_async_engine

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_menus import now, ticked

#: What the store does is the same on both databases; one dialogue here looks into each.
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

FLAGS: Mapping[str, str] = {
    "en": "🇬🇧 English",
    "es": "🇪🇸 Español",
    "hi": "🇮🇳 हिन्दी",
    "ja": "🇯🇵 日本語",
}


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 5.0


@pytest.fixture
def karim(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody from Cairo."""
    return telegram.person("Karim", language="ar")


@pytest.fixture
def group(telegram: TelegramSandbox, anna: Person, bruno: Person, karim: Person) -> Group:
    """Three people of three languages, and the bot; Anna has made the group."""
    return telegram.group("Trip", anna, bruno, karim, telegram.bot)


async def switch_on(
    anna: Person, group: Group, *choices: str, topic: int | None = None, arabic: bool = False
) -> Read:
    """Anna chooses languages and more in the menu, which she leaves open."""
    await anna.says("/settings", in_=group, topic=topic)
    (menu,) = await anna.reads(in_=group)
    await anna.presses("🌐 Translation", message=menu)
    for choice in choices:
        if choice in FLAGS.values():
            await anna.presses("Languages", message=menu)
        await anna.presses(choice, message=menu)
        if choice in FLAGS.values():
            await anna.presses("‹ Back", message=menu)
    if arabic:
        await anna.presses("Languages", message=menu)
        (label,) = [each for each in labels(now_in(anna, menu, group)) if "العربية" in each]
        await anna.presses(label, message=menu)
        await anna.presses("‹ Back", message=menu)
    return menu


def now_in(person: Person, menu: Read, group: Group) -> Read:
    """The menu as it stands in the group now."""
    (read,) = [read for read in person.sees(in_=group) if read.id == menu.id]
    return read


def last(words: str) -> Callable[[list[Read]], bool]:
    """Whether this is what was posted or changed last."""
    return lambda seen: seen[-1].text == words


async def test_three_people_of_three_languages_read_each_other(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    karim: Person,
    group: Group,
    ondemand: OnDemandSandbox,
    bot: RunningBot,
    url: str,
) -> None:
    """Each writes as they like; what we said is in the database only where translations are."""
    await group.promote(telegram.bot)
    menu = await switch_on(anna, group, FLAGS["en"], FLAGS["es"], arabic=True)
    assert "English" in now_in(anna, menu, group).text

    english = await anna.says("Where are you?", in_=group)
    (one,) = await bruno.reads(in_=group, when=lambda read: read.reply_to == english.id)
    arabic = await karim.says("أنا بخير، شكرا.", in_=group)
    (two,) = await anna.reads(in_=group, when=lambda read: read.reply_to == arabic.id)
    spanish = await bruno.says("Muchas gracias. Hasta mañana.", in_=group)
    (three,) = await karim.reads(in_=group, when=lambda read: read.reply_to == spanish.id)
    await anna.says("/usage", in_=group)
    (usage,) = await anna.reads(in_=group, when=lambda read: "Translations" in read.text)

    assert "Translations: 6" in usage.text
    assert [read.text for read in (one, two, three)] == [
        "🇪🇸 ¿Dónde estás?\n\nAR أين أنت؟",
        "🇬🇧 I am fine, thank you.\n\n🇪🇸 Estoy bien, gracias.",
        "🇬🇧 Thank you very much. See you tomorrow.\n\nAR شكرا جزيلا. أراك غدا.",
    ]
    assert [labels(read) for read in (one, two, three)] == [["🌐"]] * 3
    assert len(ondemand.calls("translate")) == 6
    assert ondemand.calls("submit_query") == []
    await bot.stop()
    holding = await tables_with_words(url)
    assert holding <= {"menus", "chat_settings", "translations", "data_keys"}


async def tables_with_words(url: str) -> set[str]:
    """The tables in which any word is kept, readable or not."""
    engine = create_async_engine(
        url.replace("sqlite://", "sqlite+aiosqlite://").replace(
            "postgresql://", "postgresql+psycopg://"
        )
    )
    tables = MetaData()
    async with engine.connect() as connection:
        await connection.run_sync(tables.reflect)
        holding = set()
        for table in tables.sorted_tables:
            for column in table.columns:
                is_words = isinstance(column.type, LargeBinary)
                if (
                    is_words
                    and (
                        await connection.execute(select(column).where(column.is_not(None)).limit(1))
                    ).first()
                ):
                    holding.add(table.name)
    await engine.dispose()
    return holding


@ON_SQLITE
async def test_what_can_be_read_already_is_left_alone(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """Links, emoji, numbers, code, commands, names and our only language: nothing is paid."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"])

    for words in (
        "https://example.org/page",
        "🎉🎉🎉",
        "12:30, 45 %",
        "`print('hola')`",
        "@bruno_k",
        "haha ok",
        "This is plain English, and everybody here can read it.",
    ):
        await anna.says(words, in_=group)
    said = await bruno.says("Muchas gracias. Hasta mañana.", in_=group)
    (read,) = await anna.reads(in_=group)

    assert (read.reply_to, read.text) == (said.id, "🇬🇧 Thank you very much. See you tomorrow.")
    assert len(ondemand.calls("translate")) == 1


@ON_SQLITE
async def test_an_edit_changes_the_translation_in_its_place(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    bot: RunningBot,
) -> None:
    """I correct myself, also after the bot was started again; what is left over is taken away."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"], FLAGS["es"])
    said = await bruno.says("Buenos días. ¿Cómo estás?", in_=group)
    (first,) = await anna.reads(in_=group, when=lambda read: read.reply_to == said.id)
    await bot.restart()

    await bruno.edits(said, "Buenas noches. ¿Dónde estás?", in_=group)
    changed = await anna.sees_eventually(last("🇬🇧 Good evening. Where are you?"), in_=group)
    await bruno.edits(said, "https://example.org/", in_=group)
    await anna.sees_eventually(lambda seen: seen[-1].id == said.id, in_=group)

    assert changed[-1].id == first.id


@ON_SQLITE
async def test_many_messages_at_once_are_shown_in_few(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """Thirty of Bruno's in a moment are two posts; I am answered elsewhere; an edit still works."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"])
    ondemand.assistant.will_say("Here I am.")

    sentences = ["Buenos días. Gracias.", "¿Dónde estás? Gracias.", "Llegaré tarde. Gracias."]
    said = [await bruno.says(sentences[n % 3], in_=group) for n in range(30)]
    await anna.says("Hello?")
    (answer,) = await anna.reads(when=lambda read: read.chat == anna.id and is_final(read))
    posts = await anna.sees_eventually(
        lambda seen: sum(read.text.count("Thank you.") for read in seen) == 30, in_=group
    )
    await bruno.edits(said[-1], "Me voy a casa. De nada.", in_=group)
    await anna.sees_eventually(
        lambda seen: seen[-1].text.endswith("[en] Me voy a casa. De nada."), in_=group
    )

    assert answer.text == "Here I am."
    assert len([read for read in posts if read.text.startswith("🇬🇧")]) <= 2
    assert len(ondemand.calls("translate")) == 4


@ON_SQLITE
async def test_only_a_button_costs_nothing_until_it_is_pressed(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    karim: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """Whoever wants to read presses it, and reads in their own language."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"], FLAGS["es"], "Only a 🌐 button")
    said = await bruno.says("¿Dónde estás? Gracias.", in_=group)
    (sign,) = await anna.reads(in_=group, when=lambda read: read.reply_to == said.id)
    assert sign.text == "🌐"
    assert ondemand.calls("translate") == []

    english = await anna.presses("🌐", message=sign)
    arabic = await karim.presses("🌐", message=sign)
    await bruno.deletes(said, in_=group)
    gone = await karim.presses("🌐", message=sign)

    assert [told and told.text for told in (english, arabic, gone)] == [
        "Where are you? Thank you.",
        "أين أنت؟ شكرا.",
        say("translate gone", "en"),
    ]


@ON_SQLITE
async def test_bots_and_who_does_not_want_it_are_not_translated(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """Another bot writes, and Bruno has asked to be left alone: nothing is translated."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"])
    await bruno.says("/mylanguage")
    (menu,) = await bruno.reads(when=lambda read: read.chat == bruno.id)
    await bruno.presses("✅ Traducir lo que escribo en grupos", message=menu)
    await bruno.says("Muchas gracias. Hasta mañana.", in_=group)
    seen = telegram.updates()[-1]["message"]
    other = {"id": 777, "is_bot": True, "first_name": "Other", "username": "other_bot"}
    telegram.inject({"message": {**seen, "message_id": 500, "from": other}})
    await anna.says("Merci beaucoup. À demain.", in_=group)
    (read,) = await anna.reads(in_=group)

    assert read.text == "🇬🇧 Thank you very much. See you tomorrow."
    assert len(ondemand.calls("translate")) == 1
    assert ticked(now(bruno, menu)) == ["Automático"]


@ON_SQLITE
async def test_admins_choose_which_messages_are_translated(
    telegram: TelegramSandbox, anna: Person, bruno: Person, group: Group
) -> None:
    """Only replies and mentions; then only what is forwarded; and Bruno may not choose."""
    await group.promote(telegram.bot)
    menu = await switch_on(anna, group, FLAGS["en"], "Replies and mentions")
    refused = await bruno.presses("Every message", message=menu)
    said = await anna.says("Hello!", in_=group)
    await bruno.says("Muchas gracias.", in_=group)
    reply = await bruno.says("Hasta mañana.", in_=group, reply_to=said)
    (first,) = await anna.reads(in_=group, when=lambda read: "🇬🇧" in read.text)
    await anna.presses("What is forwarded", message=menu)
    await bruno.says("Lo siento.", in_=group, reply_to=said)
    mine = await bruno.says("No entiendo.")
    forwarded = await bruno.forwards(mine, to=group)
    (second,) = await anna.reads(in_=group)

    assert refused is not None
    assert refused.text == say("press admins", "es")
    assert (first.reply_to, first.text) == (reply.id, "🇬🇧 See you tomorrow.")
    assert (second.reply_to, second.text) == (forwarded.id, "🇬🇧 I do not understand.")


@ON_SQLITE
async def test_who_answers_a_translation_answers_a_person(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """I reply to the bot's translation of Bruno's words: it is for Bruno, and he can read it."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"], FLAGS["es"])
    await bruno.says("Llegaré tarde. Lo siento.", in_=group)
    (post,) = await anna.reads(in_=group)

    said = await anna.says("I agree. See you tomorrow.", in_=group, reply_to=post)
    (read,) = await bruno.reads(in_=group, when=lambda read: read.reply_to == said.id)

    assert read.text == "🇪🇸 Estoy de acuerdo. Hasta mañana."
    assert ondemand.calls("submit_query") == []


@ON_SQLITE
async def test_a_topic_has_languages_of_its_own(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """Hindi and Japanese are read in one topic, and nothing is translated in the other."""
    asha = telegram.person("Asha", language="hi")
    forum = telegram.group("House", anna, bruno, asha, telegram.bot, forum=True)
    await forum.promote(telegram.bot)
    kitchen, garden = [await forum.open_topic(name) for name in ("Kitchen", "Garden")]
    await switch_on(anna, forum, FLAGS["hi"], FLAGS["ja"], topic=kitchen)

    await asha.says("मैं ठीक हूँ, धन्यवाद।", in_=forum, topic=garden)
    await asha.says("मैं ठीक हूँ, धन्यवाद।", in_=forum, topic=kitchen)
    (japanese,) = await anna.reads(in_=forum)
    await bruno.says("Llegaré tarde.", in_=forum, topic=kitchen)
    (both,) = await anna.reads(in_=forum)

    assert (japanese.topic, japanese.text) == (kitchen, "🇯🇵 元気です、ありがとう。")
    assert both.text == "🇮🇳 मुझे देर होगी।\n\n🇯🇵 遅れます。"


@ON_SQLITE
async def test_a_topic_with_an_interpreter_follows_its_group(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """One topic has an interpreter; what the group has translated later it has there, too."""
    forum = telegram.group("House", anna, bruno, telegram.bot, forum=True)
    await forum.promote(telegram.bot)
    kitchen = await forum.open_topic("Kitchen")
    await anna.says("/translate voice es", in_=forum, topic=kitchen)
    await anna.reads(in_=forum)
    await switch_on(anna, forum, FLAGS["ja"])

    await bruno.says("Llegaré tarde.", in_=forum, topic=kitchen)
    (japanese,) = await anna.reads(in_=forum)

    assert (japanese.topic, japanese.text) == (kitchen, "🇯🇵 遅れます。")


@ON_SQLITE
async def test_six_languages_are_one_too_many(anna: Person, group: Group) -> None:
    """The sixth is refused with a word; one that is pressed again is taken away."""
    menu = await switch_on(anna, group)
    await anna.presses("Languages", message=menu)
    for label in ("🇬🇧 English", "🇪🇸 Español", "🇫🇷 Français", "🇩🇪 Deutsch", "🇵🇹 Português"):
        await anna.presses(label, message=menu)

    refused = await anna.presses("🇮🇹 Italiano", message=menu)
    await anna.presses("✅ 🇩🇪 Deutsch", message=menu)

    assert refused is not None
    assert refused.text == say("translation full", "en")
    assert len(ticked(now_in(anna, menu, group))) == 4


@ON_SQLITE
async def test_where_nobody_can_translate_a_button_stays(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """No apology for every message: who wants to read it presses later."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"])
    ondemand.will("unknown_error", operation="translate", times=1)
    ondemand.will("policy_refusal", operation="submit_query", times=1)

    await bruno.says("Muchas gracias.", in_=group)
    (sign,) = await anna.reads(in_=group)
    told = await anna.presses("🌐", message=sign)

    assert sign.text == "🌐"
    assert told is not None
    assert told.text == "Thank you very much."


@ON_SQLITE
async def test_a_caption_is_translated_and_an_album_has_one(
    telegram: TelegramSandbox, anna: Person, bruno: Person, group: Group
) -> None:
    """The words below one of its pictures."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"])
    _, second = await bruno.sends_album(
        {"photo": b"\xff\xd8one"},
        {"photo": b"\xff\xd8two", "caption": "Muchas gracias."},
        in_=group,
    )

    (read,) = await anna.reads(in_=group)

    assert (read.reply_to, read.text) == (second.id, "🇬🇧 Thank you very much.")


@ON_SQLITE
async def test_where_every_message_is_answered_it_is_translated_too(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """The group wants both, and gets both."""
    await group.promote(telegram.bot)
    menu = await switch_on(anna, group, FLAGS["en"])
    await anna.presses("‹ Back", message=menu)
    await anna.presses("Every message", message=menu)
    ondemand.assistant.will_say("De nada.")

    await bruno.says("Muchas gracias.", in_=group)

    answer, translation = await anna.reads(
        2, in_=group, when=lambda read: is_final(read) or "🇬🇧" in read.text
    )
    assert {answer.text, translation.text} == {"De nada.", "🇬🇧 Thank you very much."}


@ON_SQLITE
async def test_what_the_service_does_not_change_is_not_shown(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
) -> None:
    """It cannot be told what this is in, so the service is asked; the Spanish stays as it was."""
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"], FLAGS["es"])

    await bruno.says("Llegaré tarde.", in_=group)
    (read,) = await anna.reads(in_=group)

    assert read.text == "🇬🇧 I will be late."
    assert len(ondemand.calls("translate")) == 2


@ON_SQLITE
async def test_what_somebody_banned_writes_is_not_translated(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
    bot: RunningBot,
) -> None:
    """Bruno is banned: nobody pays for what he writes or edits, and others are read as before."""
    await bot.restart(ADMIN_USER_IDS=str(anna.id))
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"], FLAGS["es"])
    before = await bruno.says("¿Dónde estás?", in_=group)
    (shown,) = await anna.reads(in_=group, when=lambda read: read.reply_to == before.id)
    await anna.says(f"/admin ban {bruno.id}")
    await anna.reads()

    await bruno.says("Muchas gracias. Hasta mañana.", in_=group)
    await bruno.edits(before, "Estoy bien, gracias.", in_=group)
    english = await anna.says("Thank you.", in_=group)
    await bruno.reads(in_=group, when=lambda read: read.reply_to == english.id)

    assert now_in(anna, shown, group).text == shown.text
    assert len(ondemand.calls("translate")) == 2


@ON_SQLITE
async def test_beyond_my_limit_each_reads_from_their_own(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    group: Group,
    ondemand: OnDemandSandbox,
    bot: RunningBot,
) -> None:
    """My one translation of the day is used: below what I write is a 🌐, which Bruno may press."""
    await bot.restart(QUOTA_TRANSLATIONS_PER_DAY="1")
    await group.promote(telegram.bot)
    await switch_on(anna, group, FLAGS["en"], FLAGS["es"])
    first = await anna.says("Where are you?", in_=group)
    (one,) = await bruno.reads(in_=group, when=lambda read: read.reply_to == first.id)
    second = await anna.says("Thank you.", in_=group)
    (two,) = await bruno.reads(in_=group, when=lambda read: read.reply_to == second.id)

    toast = await bruno.presses("🌐", message=two)
    third = await anna.says("Good morning.", in_=group)
    (three,) = await bruno.reads(in_=group, when=lambda read: read.reply_to == third.id)
    refusal = await bruno.presses("🌐", message=three)

    assert [one.text, two.text, three.text] == ["🇪🇸 ¿Dónde estás?", "🌐", "🌐"]
    assert toast is not None
    assert refusal is not None
    assert toast.text == "Gracias."
    assert refusal.text.startswith("Tus traducciones de hoy se han agotado.")
    assert len(ondemand.calls("translate")) == 2
