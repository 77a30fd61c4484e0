"""Talking in private: messages, edits, buttons, drafts, and what is refused."""

import asyncio
from typing import Any

import httpx
import pytest

from bot.sandbox.telegram import Entity, NotSeenError, Person, Read, TelegramSandbox
from bot.sandbox.telegram.schema import check
from tests.conftest import HandClock
from tests.contracts.telegram_sandbox.client import Client

STOP = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:7"}]]}


async def test_the_bot_learns_who_it_is(call: Client) -> None:
    """GetMe tells the name and what the bot may."""
    me = await call("getMe")

    assert me["is_bot"]
    assert me["username"] == "ondemand_sandbox_bot"


async def test_a_conversation(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """What a person says reaches the bot, and what the bot says reaches the person."""
    await anna.says("What is a monad?")
    [update] = await call.hears()
    question = update["message"]
    await call("sendMessage", chat_id=question["chat"]["id"], text="A burrito.")

    assert question["text"] == "What is a monad?"
    assert question["from"]["first_name"] == "Anna"
    assert await anna.reads() == [Read("A burrito.")]
    assert telegram.violations() == []


async def test_an_answer_that_grows(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """A message can be edited, people see the newest text, and its growth is remembered."""
    message = await call("sendMessage", chat_id=anna.id, text="A")
    for text in ("A bur", "A burrito."):
        await call("editMessageText", chat_id=anna.id, message_id=message["message_id"], text=text)

    seen = await anna.sees_eventually(lambda seen: seen[-1].text.endswith("."))

    assert seen[-1] == Read("A burrito.")
    assert [v.content["text"] for v in telegram.history(seen[-1])] == ["A", "A bur", "A burrito."]


async def test_a_button_is_pressed_and_answered(call: Client, anna: Person) -> None:
    """The bot hears of the press with its data, and the person sees the bot's answer."""
    await call("sendMessage", chat_id=anna.id, text="Writing", reply_markup=STOP)
    pressing = asyncio.create_task(anna.presses("Stop"))
    [update] = await call.hears()
    query = update["callback_query"]
    await call("answerCallbackQuery", callback_query_id=query["id"], text="Stopped")

    answer = await pressing

    assert query["data"] == "stop:7"
    assert answer is not None
    assert answer.text == "Stopped"


async def test_reading_can_wait_for_the_end_of_an_answer(call: Client, anna: Person) -> None:
    """With `when` a growing message counts once it satisfies it, and only then is it read."""
    message = await call("sendMessage", chat_id=anna.id, text="A bur")
    reading = asyncio.create_task(anna.reads(when=lambda seen: seen.text.endswith(".")))
    there = {"chat_id": anna.id, "message_id": message["message_id"]}
    await call("editMessageText", **there, text="A burrito")
    await call("editMessageText", **there, text="A burrito.")

    assert await reading == [Read("A burrito.")]
    with pytest.raises(NotSeenError, match=r"new is:\n  nothing"):
        await anna.reads(timeout=0)


async def test_people_change_and_take_back_what_they_said(call: Client, anna: Person) -> None:
    """The bot hears of an edit, with its date, and never of a deletion."""
    said = await anna.says("What is a monat?")
    await anna.edits(said, "What is a monad? /help")
    sent = await anna.sends(document=b"words", caption="Notes")
    await anna.edits(sent, "My notes")
    await anna.deletes(said)
    _, edited, _, captioned = await call.hears(4)

    assert edited["edited_message"]["text"] == "What is a monad? /help"
    assert edited["edited_message"]["entities"][0]["type"] == "bot_command"
    assert edited["edited_message"]["edit_date"] == edited["edited_message"]["date"]
    assert captioned["edited_message"]["caption"] == "My notes"
    assert [one.text for one in anna.sees()] == ["/start", "My notes"]
    assert (
        await call.refused(
            "sendMessage", chat_id=anna.id, text="x", reply_parameters={"message_id": said.id}
        )
        == "Bad Request: message to be replied not found"
    )


async def test_waiting_in_vain_says_what_was_there(call: Client, anna: Person) -> None:
    """Who waits for more than comes is told what came."""
    await call("sendMessage", chat_id=anna.id, text="only this")

    with pytest.raises(NotSeenError, match=r"for 2 new.*\n.*only this"):
        await anna.reads(2, timeout=0.05)


async def test_everything_the_bot_is_sent_is_well_formed(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """Updates and results are what the Bot API says they are, field by field."""
    posted = await call("sendMessage", chat_id=anna.id, text="Hi /new", reply_markup=STOP)
    said = await anna.says("see https://example.com", reply_to=posted["message_id"])
    await anna.edits(said, "see example.com")
    await anna.sends(document=b"words", caption="My file", file_name="words.txt")
    await anna.forwards(said)
    await anna.blocks()
    await anna.unblocks()
    await anna.forges("anything", posted["message_id"], timeout=0)

    assert check(posted, "Message") == []
    assert [fault for one in telegram.updates() for fault in check(one, "Update")] == []
    assert [next(k for k in one if k != "update_id") for one in telegram.updates()] == [
        "message", "message", "edited_message", "message", "message",
        "my_chat_member", "my_chat_member", "callback_query",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "parameters", "words"),
    [
        ("sendMessage", {"text": "x" * 4097}, "Bad Request: message is too long"),
        ("sendMessage", {"text": " \n "}, "Bad Request: text must be non-empty"),
        (
            "sendMessage",
            {"text": "x", "reply_parameters": {"message_id": 99}},
            "Bad Request: message to be replied not found",
        ),
        (
            "sendMessage",
            {"text": "x", "message_thread_id": 99},
            "Bad Request: message thread not found",
        ),
        (
            "sendMessage",
            {"text": "<b>x", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: "
            "Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            "editMessageText",
            {"message_id": 99, "text": "x"},
            "Bad Request: message to edit not found",
        ),
        (
            "editMessageText",
            {"message_id": 101, "text": "x"},
            "Bad Request: message can't be edited",
        ),
        ("editMessageText", {"text": "x"}, "Bad Request: message identifier is not specified"),
        ("deleteMessage", {"message_id": 99}, "Bad Request: message to delete not found"),
        (
            "sendChatAction",
            {"action": "dancing"},
            "Bad Request: wrong parameter action in request",
        ),
        ("sendDoc", {}, "Not Found: method not found"),
        (
            "sendInvoice",
            {"title": "t", "description": "d", "payload": "p", "currency": "XTR",
             "prices": [{"label": "l", "amount": 1}]},
            "Not Implemented: the sandbox knows sendInvoice and does not simulate it",
        ),
    ],
)  # fmt: skip
async def test_what_telegram_refuses_is_a_violation(
    telegram: TelegramSandbox,
    call: Client,
    anna: Person,
    method: str,
    parameters: dict[str, Any],
    words: str,
) -> None:
    """A wrong call is refused in Telegram's words and written down with the call."""
    said = await call.refused(method, chat_id=anna.id, **parameters)

    [violation] = telegram.violations()
    assert said == words
    assert violation.what == words
    assert violation.call.method == method


async def test_an_edit_that_changes_nothing_is_refused(call: Client, anna: Person) -> None:
    """Text, entities and keyboard the same: message is not modified."""
    posted = await call("sendMessage", chat_id=anna.id, text="Hi", reply_markup=STOP)
    there = {"chat_id": anna.id, "message_id": posted["message_id"]}

    same = await call.refused("editMessageText", **there, text=" Hi ", reply_markup=STOP)
    changed = await call("editMessageReplyMarkup", **there)

    assert same.startswith("Bad Request: message is not modified: specified new message content")
    assert "reply_markup" not in changed
    assert "edit_date" not in changed


async def test_what_telegram_ignores_is_a_violation_too(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """A misspelt parameter and too many entities are done without, and noticed."""
    bold = [{"type": "bold", "offset": i, "length": 1} for i in range(120)]

    posted = await call("sendMessage", chat_id=anna.id, text="x" * 120, entities=bold, silent=True)

    assert len(posted["entities"]) == 100
    assert [one.what for one in telegram.violations("ignored")] == [
        "unknown parameter silent",
        "120 entities; Telegram keeps 100",
    ]


async def test_a_reply_may_do_without_what_it_replies_to(call: Client, anna: Person) -> None:
    """With `allow_sending_without_reply` a lost message is no reason to fail."""
    said = await anna.says("What is a monad?")
    there = await call(
        "sendMessage", chat_id=anna.id, text="a", reply_parameters={"message_id": said.id}
    )
    lost = {"message_id": 99, "allow_sending_without_reply": True}
    gone = await call("sendMessage", chat_id=anna.id, text="b", reply_parameters=lost)

    assert there["reply_to_message"]["text"] == "What is a monad?"
    assert "reply_to_message" not in gone
    assert [one.reply_to for one in await anna.reads(2)] == [said.id, None]


async def test_a_quote_is_a_part_of_what_it_quotes(call: Client, anna: Person) -> None:
    """Quoting words that were not said is refused."""
    said = await anna.says("What is a monad?")

    quoted = {"message_id": said.id, "quote": "a monad"}
    good = await call("sendMessage", chat_id=anna.id, text="a", reply_parameters=quoted)
    made_up = {"message_id": said.id, "quote": "a gonad"}
    bad = await call.refused("sendMessage", chat_id=anna.id, text="a", reply_parameters=made_up)

    assert good["quote"]["position"] == 8
    assert bad == "Bad Request: QUOTE_TEXT_INVALID"


async def test_formatting_reaches_the_reader(call: Client, anna: Person) -> None:
    """Entities are shown as they were sent, with what Telegram finds by itself."""
    pre = {"type": "pre", "offset": 0, "length": 4, "language": "python"}

    await call("sendMessage", chat_id=anna.id, text="x= 1 /new", entities=[pre])

    [seen] = await anna.reads()
    assert seen.entities == (
        Entity("pre", 0, 4, language="python"),
        Entity("bot_command", 5, 4),
    )


async def test_nobody_is_spoken_to_first(telegram: TelegramSandbox, call: Client) -> None:
    """Before somebody writes, the bot cannot; an id nobody has is not found."""
    bruno = telegram.person("Bruno")

    assert await call.refused("sendMessage", chat_id=bruno.id, text="Hi") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    assert await call.refused("sendMessage", chat_id=5, text="Hi") == "Bad Request: chat not found"


async def test_who_blocks_the_bot_hears_nothing(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """A blocked bot is told so, and at every attempt to write; that is no mistake of its own."""
    await anna.blocks()
    [update] = await call.hears()

    said = await call.refused("sendMessage", chat_id=anna.id, text="Hi")
    await anna.unblocks()
    again = await call("sendMessage", chat_id=anna.id, text="Hi")

    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert said == "Forbidden: bot was blocked by the user"
    assert again["text"] == "Hi"
    assert telegram.violations() == []


async def test_who_leaves_telegram_cannot_be_written_to(call: Client, anna: Person) -> None:
    """A deleted account is refused for good, without an update about it."""
    await anna.deletes_account()

    said = await call.refused("sendMessage", chat_id=anna.id, text="Hi")

    assert said == "Forbidden: user is deactivated"


async def test_a_late_answer_to_a_button_is_refused(
    call: Client, anna: Person, clock: HandClock
) -> None:
    """After 150 seconds the query is too old; one that never was is no better."""
    await call("sendMessage", chat_id=anna.id, text="Writing", reply_markup=STOP)
    await anna.presses("Stop", timeout=0)
    [update] = await call.hears()
    clock.advance(151)

    query = update["callback_query"]["id"]
    for number in (query, "12345"):
        assert await call.refused("answerCallbackQuery", callback_query_id=number) == (
            "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )


async def test_a_button_that_is_not_there_cannot_be_pressed(call: Client, anna: Person) -> None:
    """Looking for a button in vain says which there were; a forged press reaches the bot."""
    posted = await call("sendMessage", chat_id=anna.id, text="Writing", reply_markup=STOP)

    with pytest.raises(NotSeenError, match=r"no button 'Go' among:\n(.*\n)*.*\[Stop\]"):
        await anna.presses("Go", timeout=0.05)
    await anna.forges("stop:8", posted["message_id"], timeout=0)

    [update] = await call.hears()
    assert update["callback_query"]["data"] == "stop:8"


async def test_typing_is_seen_for_five_seconds(
    call: Client, anna: Person, clock: HandClock
) -> None:
    """A chat action ends by itself, or when the message comes."""
    await call("sendChatAction", chat_id=anna.id, action="typing")
    at_once = anna.sees_action()
    clock.advance(6)
    later = anna.sees_action()
    await call("sendChatAction", chat_id=anna.id, action="record_voice")
    await call("sendMessage", chat_id=anna.id, text="Hi")

    assert (at_once, later, anna.sees_action()) == ("typing", None, None)


async def test_a_draft_is_seen_for_thirty_seconds(
    call: Client, anna: Person, clock: HandClock
) -> None:
    """A preview grows, goes by itself, and can be stopped where the bot allows it."""
    draft = {"chat_id": anna.id, "draft_id": 5, "can_stop": True}
    await call("sendMessageDraft", **draft, text="A bur")
    await call("sendMessageDraft", **draft, text="A burrito")
    shown = anna.sees_draft()
    clock.advance(31)
    gone = anna.sees_draft()
    await call("sendMessageDraft", **draft, text="A burrito")
    await anna.stops()

    assert shown is not None
    assert shown.text == "A burrito"
    assert gone is None
    [update] = await call.hears()
    assert update["stopped_message_generation"]["draft_id"] == 5


async def test_old_messages_cannot_be_taken_back(
    call: Client, anna: Person, clock: HandClock
) -> None:
    """After two days a message stays."""
    posted = await call("sendMessage", chat_id=anna.id, text="Hi")
    clock.advance(49 * 3600)

    said = await call.refused("deleteMessage", chat_id=anna.id, message_id=posted["message_id"])

    assert said == "Bad Request: message can't be deleted"


async def test_a_deleted_message_is_gone(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """Nobody sees it any more, and its history is still known."""
    posted = await call("sendMessage", chat_id=anna.id, text="Hi")
    [seen] = await anna.reads()
    await call("deleteMessages", chat_id=anna.id, message_ids=[posted["message_id"], 99])

    assert [one.text for one in anna.sees()] == ["/start"]
    assert [one.content["text"] for one in telegram.history(seen)] == ["Hi"]


async def test_commands_are_offered_in_the_own_language(
    telegram: TelegramSandbox, call: Client
) -> None:
    """The menu shows the commands of the narrowest scope in the person's language."""
    for language, text in (("", "Start anew"), ("de", "Neu beginnen")):
        commands = [{"command": "new", "description": text}]
        await call("setMyCommands", commands=commands, language_code=language)
    dora = telegram.person("Dora", language="de-AT")

    assert [row["description"] for row in dora.sees_commands()] == ["Neu beginnen"]
    assert (
        await call.refused("setMyCommands", commands=[{"command": "New!", "description": "x"}])
        == "Bad Request: BOT_COMMAND_INVALID"
    )


async def test_private_chats_can_have_topics() -> None:
    """Where private chats have topics, a conversation stays in its own."""
    async with TelegramSandbox(private_topics=True) as telegram:
        anna = telegram.person("Anna")
        topic = await anna.opens_topic("Monads")
        await anna.says("What is a monad?", topic=topic)
        base = f"{telegram.url}/bot{telegram.token}/"
        async with httpx.AsyncClient(base_url=base) as http:
            call = Client(http)
            await call("sendMessage", chat_id=anna.id, text="A burrito.", message_thread_id=topic)

        assert await anna.reads() == [Read("A burrito.", topic=topic)]
        assert telegram.updates()[-1]["message"]["is_topic_message"]


async def test_what_a_person_pins_is_told(telegram: TelegramSandbox, anna: Person) -> None:
    """The bot is told which message it is, in a message of Telegram's own."""
    said = await anna.says("Remember this.")

    await anna.pins(said)

    pinned = telegram.updates()[-1]
    assert pinned["message"]["pinned_message"]["text"] == "Remember this."


async def test_calls_are_remembered_without_the_token(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """What the bot asked can be looked at, with its time and how it went."""
    await call("sendMessage", chat_id=anna.id, text="Hi")
    await call("sendMessage", chat_id=5, text="Hi")

    good, bad = telegram.calls("sendMessage")
    assert (good.parameters["text"], good.status, bad.status) == ("Hi", 200, 400)
    assert telegram.token not in repr(telegram.calls())


async def test_a_wrong_token_opens_nothing(telegram: TelegramSandbox, call: Client) -> None:
    """Another token is unauthorized, a malformed one is not found."""
    other = await call.http.get(f"{telegram.url}/bot1:not-this-one/getMe")
    malformed = await call.http.get(f"{telegram.url}/botnonsense/getMe")

    assert (other.status_code, other.json()["description"]) == (401, "Unauthorized")
    assert (malformed.status_code, malformed.json()["description"]) == (404, "Not Found")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"business_connection_id": "x"}, "Bad Request: business connection not found"),
        ({"allow_paid_broadcast": True}, "Bad Request: FLOODSKIP_NOT_ALLOWED"),
    ],
)
async def test_what_is_not_simulated_does_not_look_done(
    call: Client, anna: Person, extra: dict[str, Any], words: str
) -> None:
    """A message for one person is never shown to all, nor one of another account as the bot's."""
    said = await call.refused("sendMessage", chat_id=anna.id, text="Hi", **extra)

    assert said == words
    assert [one.text for one in anna.sees()] == ["/start"]


async def test_a_waiting_bot_does_not_hold_up_the_end(clock: HandClock) -> None:
    """Telegram closes although somebody polls for most of a minute."""
    async with httpx.AsyncClient(timeout=60) as http, asyncio.timeout(20):
        async with TelegramSandbox(clock=clock.now) as telegram:
            url = f"{telegram.url}/bot{telegram.token}/getUpdates?timeout=50"
            polling = asyncio.create_task(http.get(url))
            while not telegram.calls("getUpdates"):
                await http.get(f"{telegram.url}/bot{telegram.token}/getMe")

        with pytest.raises(httpx.RemoteProtocolError):
            await polling


async def test_settled_means_confirmed(telegram: TelegramSandbox, call: Client) -> None:
    """A test can wait until the bot has taken everything in."""
    anna = telegram.person("Anna")
    await anna.says("Hi")
    waiting = asyncio.create_task(telegram.settled())
    pending = telegram.pending()
    await call.hears()
    await call.confirms()

    assert pending == 1
    assert await waiting
