"""Settings: what I choose holds from my next message on; admins choose for their group."""

import asyncio

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_chats import chats, seen, titles
from tests.dialogues.test_conversation import sessions_of
from tests.dialogues.test_menus import data_of, now, ticked


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 5.0


async def answered(person: Person, number: int, *, in_: Group) -> Read:
    """The last of so many answers in a group."""

    def are_there(seen: list[Read]) -> bool:
        return sum(map(is_final, seen)) == number

    return next(filter(is_final, reversed(await person.sees_eventually(are_there, in_=in_))))


async def settings(person: Person, *, in_: Group | None = None) -> Read:
    """The menu of settings, opened."""
    await person.says("/settings", in_=in_)
    (menu,) = await person.reads(in_=in_)
    return menu


async def test_the_bot_speaks_the_language_i_choose(
    telegram: TelegramSandbox, anna: Person, bot: RunningBot
) -> None:
    """My app is English; I choose German, and everything is, also in groups and after a restart."""
    group = telegram.group("Trip", anna, telegram.bot)
    menu = await settings(anna)
    assert labels(menu) == [
        "Language: Automatic",
        "Answers in: Automatic",
        "Model: Automatic",
        "🔊 Voice",
        "Look of answers",
        "News: On",
    ]

    await anna.presses("Language: Automatic")
    assert ticked(now(anna, menu)) == ["Automatic"]
    await anna.presses("Deutsch")
    chosen = now(anna, menu)
    await anna.presses("‹ Zurück")
    await anna.says("/new")
    (new,) = await anna.reads()
    await anna.says("/ask", in_=group)
    (usage,) = await anna.reads(in_=group)
    await bot.restart()
    await anna.says("Hallo?")
    (answer,) = await anna.reads(when=is_final)

    assert ticked(chosen) == ["Deutsch"]
    assert chosen.text.startswith("Sprache\n\n")
    assert labels(now(anna, menu))[0] == "Sprache: Deutsch"
    assert new.text == say("new", "de")
    assert usage.text == say("ask usage", "de")
    assert labels(answer) == ["🔊 Anhören", "🌐 Übersetzen", "↻ Nochmal"]
    assert len([read for read in anna.sees() if read.is_bot]) == 3


async def test_automatic_is_the_language_of_my_app_again(bruno: Person) -> None:
    """I go back, and am spoken to as before."""
    menu = await settings(bruno)
    await bruno.presses("Idioma: Automático")
    await bruno.presses("English")
    await bruno.presses("Automatic")

    assert now(bruno, menu).text.startswith("Idioma\n\n")
    assert ticked(now(bruno, menu)) == ["Automático"]


async def test_answers_come_in_the_language_i_choose(
    anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """The assistant is told with every question of mine, and with nobody else's."""
    await settings(anna)
    await anna.presses("Answers in: Automatic")
    await anna.presses("中文")

    await anna.says("Hello?")
    await anna.reads(when=is_final)
    await bruno.says("Hola?")
    await bruno.reads(when=is_final)

    mine, his = ondemand.calls("submit_query")
    prompt = mine.body["modelConfigs"]["fulfillmentPrompt"]
    assert "Answer in Chinese" in prompt
    assert "{question}" in prompt
    assert "modelConfigs" not in his.body


async def test_the_model_i_choose_answers(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I choose one by its plain name; when it is gone the best there is steps in."""
    menu = await settings(anna)
    await anna.presses("Model: Automatic")
    assert labels(now(anna, menu))[:3] == ["✅ Automatic", "GPT 5.6 Sol", "Gemini 3.8 Flash"]
    await anna.presses("›")
    await anna.presses("Kimi K3")
    assert ticked(now(anna, menu)) == ["Kimi K3"]
    await anna.presses("‹ Back")
    assert "Model: Kimi K3" in labels(now(anna, menu))

    await anna.says("Who are you?")
    await anna.reads(when=is_final)
    ondemand.will("inactive_endpoint", times=1)
    await anna.says("And now?")
    await anna.reads(when=is_final)

    assert [call.body["endpointId"] for call in ondemand.calls("submit_query")] == [
        "predefined-kimi-k3",
        "predefined-kimi-k3",
        "predefined-gpt-5.6-sol",
    ]


async def test_a_registry_that_cannot_be_read_is_said(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand is away; the menu says so and still works."""
    ondemand.will("server_error", operation="list_endpoints", times=99)
    menu = await settings(anna)

    await anna.presses("Model: Automatic")

    assert "cannot read the list of models" in now(anna, menu).text
    await anna.presses("‹ Back")
    assert "Model: Automatic" in labels(now(anna, menu))


async def test_where_the_operator_chose_the_model_nobody_else_does(
    anna: Person, bot: RunningBot
) -> None:
    """The setting is not offered."""
    await bot.restart(ondemand_endpoint_id="predefined-deepseek-flash")

    menu = await settings(anna)

    assert "Model: Automatic" not in labels(menu)


async def test_the_voice_is_chosen_from_here_too(anna: Person) -> None:
    """I go to the voices and back, in one message."""
    menu = await settings(anna)

    await anna.presses("🔊 Voice")
    await anna.presses("Nova")
    assert ticked(now(anna, menu)) == ["A voice for a voice", "Nova"]
    await anna.presses("‹ Back")
    await anna.says("/voice")
    (voices,) = await anna.reads()

    assert labels(now(anna, menu))[-3:] == ["🔊 Voice", "Look of answers", "News: On"]
    assert ticked(voices)[-1] == "Nova"


async def test_each_member_may_have_a_memory_of_their_own(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """The owner chooses it; from then on nobody continues or lists what I asked."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    menu = await settings(anna, in_=group)
    refused = await bruno.presses("Each their own", in_=group)
    await anna.presses("Each their own", in_=group)

    await anna.says("/ask My secret is 42.", in_=group)
    hers = await answered(anna, 1, in_=group)
    await bruno.says("/ask What do you know?", in_=group)
    await answered(bruno, 2, in_=group)
    await bruno.says("And this?", in_=group, reply_to=hers)
    await answered(bruno, 3, in_=group)
    await anna.says("Still there?", in_=group, reply_to=hers)
    await answered(anna, 4, in_=group)

    first, second, third, fourth = sessions_of(ondemand)
    assert second == third != first == fourth
    assert ondemand.calls("submit_query")[0].body["query"] == "My secret is 42."
    owners = [call.body["externalUserId"] for call in ondemand.calls("create_session")]
    assert len(set(owners)) == 2
    assert refused is not None
    assert refused.text == say("press admins", "es")
    assert ticked(seen(anna, menu, in_=group)) == [
        "Each their own",
        "When I am called",
        "Admins choose",
    ]
    assert titles(await chats(bruno, in_=group)) == ["What do you know?"]
    await anna.presses("Shared memory", message=menu, in_=group)
    assert titles(await chats(bruno, in_=group)) == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_a_member_alone_sends_is_the_members_at_ondemand(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """My conversation in the group begins with a file; OnDemand knows it by me."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await settings(anna, in_=group)
    await anna.presses("Each their own", in_=group)
    await bruno.says("/ask Hello?", in_=group)
    his = await answered(bruno, 1, in_=group)

    await anna.sends(document=b"Words.", file_name="a.txt", in_=group, reply_to=his)
    await anna.reads(in_=group, when=lambda read: "a.txt" in read.text)
    await anna.says("And in private?")
    await anna.sees_eventually(lambda seen: is_final(seen[-1]))

    (file,) = ondemand.calls("upload_media")
    of_bruno, of_anna, in_private = [
        call.body["externalUserId"] for call in ondemand.calls("create_session")
    ]
    assert of_anna == in_private == file.body["externalUserId"] != of_bruno


async def test_a_group_may_have_every_message_answered(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """An admin chooses it, and I need not call the bot any more, until another undoes it."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)
    await bruno.says("Not for you.", in_=group)
    menu = await settings(anna, in_=group)
    await anna.presses("Every message", in_=group)

    await bruno.says("Where is Porto?", in_=group)
    await answered(bruno, 1, in_=group)
    await group.promote(bruno)
    await bruno.presses("When I am called", message=menu, in_=group)
    await bruno.says("Not for you either.", in_=group)
    await bruno.says("/ask For you.", in_=group)
    await answered(bruno, 2, in_=group)

    assert [call.body["query"] for call in ondemand.calls("submit_query")] == [
        "Bruno: Where is Porto?",
        "Bruno: For you.",
    ]


async def test_everybody_chooses_where_an_admin_wants_that(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """I am no admin: I choose once Anna lets everybody; who chooses stays hers to say."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    menu = await settings(anna, in_=group)
    await bruno.reads(in_=group)
    early = await bruno.presses("Everybody chooses", message=menu, in_=group)
    await bruno.says("/plugins", in_=group)
    (no_tools,) = await bruno.reads(in_=group)

    await anna.presses("Everybody chooses", message=menu, in_=group)
    mine = await bruno.presses("Every message", message=menu, in_=group)
    late = await bruno.presses("Solo administradores", message=menu, in_=group)
    await bruno.says("/plugins", in_=group)
    (tools,) = await bruno.reads(in_=group)
    await bruno.says("/translate voice fr", in_=group)
    (interpreting,) = await bruno.reads(in_=group)
    chosen = ticked(seen(anna, menu, in_=group))
    await anna.presses("Solo administradores", message=menu, in_=group)
    again = await bruno.presses("When I am called", message=menu, in_=group)

    refusal = say("press admins", "es")
    refused = [each.text for each in (early, late, again) if each is not None]
    assert [*refused, no_tools.text] == [refusal] * 4
    assert mine is not None
    assert mine.text == ""
    assert chosen[1:] == [say("listening everything", "es"), say("deciding everybody", "es")]
    assert tools.text.startswith("Herramientas")
    assert "⇄" in interpreting.text


async def test_whoever_may_not_use_the_bot_chooses_for_no_group(
    telegram: TelegramSandbox, anna: Person, bruno: Person, bot: RunningBot
) -> None:
    """Everybody chooses; I was never let in, and what would be switched on costs the operator."""
    await bot.restart(ACCESS="allowlist", ADMIN_USER_IDS=str(anna.id))
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    menu = await settings(anna, in_=group)
    await bruno.reads(in_=group)
    await anna.presses("Everybody chooses", message=menu, in_=group)

    pressed = await bruno.presses("Every message", message=menu, in_=group)
    await bruno.says("/plugins", in_=group)
    (tools,) = await bruno.reads(in_=group)

    assert pressed is not None
    assert [pressed.text, tools.text] == [say("press admins", "es")] * 2


async def test_of_two_admins_who_press_at_once_one_chooses(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """What the slower one pressed is no longer there, and they are told."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(bruno)
    menu = await settings(anna, in_=group)
    data = data_of(menu, "Each their own")

    first = await anna.forges(data, menu, in_=group)
    second = await bruno.forges(data, menu, in_=group)

    assert first is not None
    assert second is not None
    assert (first.text, second.text) == ("", say("press old", "es"))
    assert "Each their own" in ticked(seen(anna, menu, in_=group))


TABLE = "| Town | Rain |\n|---|---|\n| Porto | 3 mm |"


async def looks(person: Person, label: str) -> None:
    """Choose how answers look or grow."""
    menu = await settings(person)
    await person.presses("Look of answers")
    await person.presses(label)
    assert label in ticked(now(person, menu))


async def test_rich_answers_draw_tables_where_i_am_alone(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I choose rich: my answers are one rich message with the usual buttons, also when edited."""
    group = telegram.group("Trip", anna, telegram.bot)
    for words in (TABLE, "# Dry", TABLE):
        ondemand.assistant.will_say(words)
    await looks(anna, "Rich")

    await anna.says("Rain?")
    (answer,) = await anna.reads(when=is_final)
    await anna.presses("↻ Again", message=answer)
    await anna.sees_eventually(lambda seen: any(each.text == "# Dry" for each in seen))
    await anna.says("/ask Rain?", in_=group)
    (in_the_group,) = await anna.reads(in_=group, when=is_final)

    assert (answer.kind, answer.text) == ("rich_message", TABLE)
    assert [one.parameters["rich_message"] for one in telegram.calls("sendRichMessage")] == [
        {"markdown": TABLE}
    ]
    assert in_the_group.kind == "text"


@pytest.mark.parametrize("behaviour", ["not_found", "cannot_parse"])
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_rich_answer_that_is_refused_comes_as_ever(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """My operator's server of Telegram knows no rich messages: I get the classic one."""
    telegram.will(behaviour, method="sendRichMessage")
    ondemand.assistant.will_say(TABLE)
    await looks(anna, "Rich")

    await anna.says("Rain?")
    (answer,) = await anna.reads(when=is_final)

    assert answer.kind == "text"
    assert "Porto" in answer.text


async def test_an_answer_grows_as_a_draft_and_i_stop_it(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I choose drafts: nothing is posted before the answer ends; Telegram's own Stop ends it."""
    ondemand.assistant.will_say("One. Two. Three. Four.", word_delay=0.4)
    await looks(anna, "Drafts")
    before = len(anna.sees())

    await anna.says("Count.")
    async with asyncio.timeout(20):
        while (draft := anna.sees_draft()) is None or not draft.text:
            await asyncio.sleep(0.02)
    assert draft.can_stop
    assert len(anna.sees()) == before + 1
    await anna.stops()
    (answer,) = await anna.reads(when=is_final)

    assert answer.text.startswith("One.")
    assert "Four" not in answer.text
    assert answer.text.endswith(say("stopped here", "en").strip("_"))
    assert len(anna.sees()) == before + 2
    assert telegram.calls("sendMessageDraft")
