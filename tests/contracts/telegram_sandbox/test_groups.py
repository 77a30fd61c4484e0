"""Groups: who is in them, who sees what, topics, and the move to a supergroup."""

import pytest

from bot.sandbox.telegram import Group, Person, Read, TelegramSandbox
from bot.sandbox.telegram.schema import check
from tests.contracts.telegram_sandbox.client import Client


@pytest.fixture
def bruno(telegram: TelegramSandbox) -> Person:
    """Return somebody else."""
    return telegram.person("Bruno", language="pt")


@pytest.fixture
async def trip(telegram: TelegramSandbox, call: Client, anna: Person, bruno: Person) -> Group:
    """Return a group with the bot in it, which has heard of it."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await call.hears(2)
    return group


async def test_the_bot_hears_of_being_added(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """First comes the change of its membership, then the service message."""
    group = telegram.group("Trip", anna, telegram.bot)
    added, said = await call.hears(2)

    assert added["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert added["my_chat_member"]["from"]["first_name"] == "Anna"
    assert said["message"]["new_chat_members"][0]["is_bot"]
    assert said["message"]["chat"] == {"id": group.id, "type": "supergroup", "title": "Trip"}


async def test_in_groups_the_bot_hears_what_is_meant_for_it(
    call: Client, trip: Group, anna: Person, bruno: Person
) -> None:
    """Small talk stays among people; commands and replies to the bot arrive."""
    await anna.says("Where do we eat?", in_=trip)
    await bruno.says("/ask where do we eat?", in_=trip)
    [asked] = await call.hears()
    answer = await call("sendMessage", chat_id=trip.id, text="At the harbour.")
    await anna.says("Why there?", in_=trip, reply_to=answer["message_id"])
    [replied] = await call.hears()

    assert asked["message"]["text"] == "/ask where do we eat?"
    assert replied["message"]["text"] == "Why there?"
    assert replied["message"]["reply_to_message"]["text"] == "At the harbour."


async def test_everybody_in_a_group_reads_what_the_bot_says_there(
    telegram: TelegramSandbox, call: Client, trip: Group, anna: Person, bruno: Person
) -> None:
    """Members read it once each, and nobody else does."""
    dora = telegram.person("Dora")
    await call("sendMessage", chat_id=trip.id, text="At the harbour.")

    assert await anna.reads() == await bruno.reads() == [Read("At the harbour.")]
    assert dora.sees(in_=trip) == []


async def test_an_administrator_hears_everything(
    telegram: TelegramSandbox, call: Client, trip: Group, anna: Person
) -> None:
    """Once promoted the bot is told so, and sees all messages and who comes and goes."""
    dora = telegram.person("Dora")
    await trip.promote(telegram.bot)
    await anna.says("Where do we eat?", in_=trip)
    promoted, said = await call.hears(2, allowed_updates=["message", "chat_member"])
    await dora.joins(trip)
    joined, service = await call.hears(2)

    assert promoted["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert promoted["my_chat_member"]["new_chat_member"]["can_pin_messages"]
    assert said["message"]["text"] == "Where do we eat?"
    assert joined["chat_member"]["new_chat_member"]["user"]["first_name"] == "Dora"
    assert service["message"]["new_chat_members"][0]["first_name"] == "Dora"
    assert [f for one in telegram.updates() for f in check(one, "Update")] == []


async def test_a_bot_that_was_thrown_out_cannot_speak(
    telegram: TelegramSandbox, call: Client, trip: Group
) -> None:
    """It is told that it is out, and refused afterwards without fault of its own."""
    await trip.remove(telegram.bot)
    [removed] = await call.hears()

    said = await call.refused("sendMessage", chat_id=trip.id, text="Hello?")
    assert removed["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert said == "Forbidden: bot was kicked from the supergroup chat"
    assert telegram.violations() == []


async def test_a_silenced_bot_cannot_write(
    telegram: TelegramSandbox, call: Client, trip: Group
) -> None:
    """Restricted to nothing, the bot is told which right it lacks."""
    await trip.restrict(telegram.bot)

    said = await call.refused("sendMessage", chat_id=trip.id, text="Hello?")

    assert said == "Bad Request: not enough rights to send text messages to the chat"


async def test_the_bot_runs_a_group(
    telegram: TelegramSandbox, call: Client, trip: Group, anna: Person, bruno: Person
) -> None:
    """An administrator pins, renames, bans; without rights it is refused."""
    posted = await call("sendMessage", chat_id=trip.id, text="Rules")
    pin = {"chat_id": trip.id, "message_id": posted["message_id"]}
    refused = await call.refused("pinChatMessage", **pin)
    await trip.promote(telegram.bot)

    await call("pinChatMessage", **pin)
    await call("setChatTitle", chat_id=trip.id, title="Journey")
    await call("banChatMember", chat_id=trip.id, user_id=bruno.id)

    assert refused == "Bad Request: not enough rights to manage pinned messages"
    assert (await call("getChat", chat_id=trip.id))["pinned_message"]["text"] == "Rules"
    assert trip.chat.title == "Journey"
    assert bruno.sees(in_=trip) == []
    member = await call("getChatMember", chat_id=trip.id, user_id=bruno.id)
    admins = await call("getChatAdministrators", chat_id=trip.id)
    assert member["status"] == "kicked"
    assert [one["status"] for one in admins] == ["creator", "administrator"]
    assert await call("getChatMemberCount", chat_id=trip.id) == 2
    assert check(admins, "Array of ChatMember") == []
    assert await call.refused("banChatMember", chat_id=trip.id, user_id=anna.id) == (
        "Bad Request: can't remove chat owner"
    )


async def test_a_reply_stays_in_its_topic(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """In a forum a message belongs to its topic, and so does the answer to it."""
    forum = telegram.group("Club", anna, telegram.bot, forum=True)
    topic = await forum.open_topic("Food")
    await anna.says("/ask what is a monad?", in_=forum, topic=topic)
    *_, asked = await call.hears(4)
    message = asked["message"]
    await call(
        "sendMessage",
        chat_id=forum.id,
        text="A burrito.",
        message_thread_id=message["message_thread_id"],
    )

    assert message["is_topic_message"]
    assert message["message_thread_id"] == topic
    assert await anna.reads() == [Read("A burrito.", topic=topic)]
    assert anna.sees(in_=forum, topic=topic)[-1].topic == topic


async def test_topics_are_made_closed_and_deleted(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """Only who manages topics writes in a closed one, and a deleted one is not found."""
    forum = telegram.group("Club", anna, telegram.bot, forum=True)
    topic = await forum.open_topic("Food")
    there = {"chat_id": forum.id, "message_thread_id": topic}
    await forum.close_topic(topic)
    closed = await call.refused("sendMessage", **there, text="Soup")
    await forum.promote(telegram.bot)
    soup = await call("sendMessage", **there, text="Soup")
    made = await call("createForumTopic", chat_id=forum.id, name="Wine")
    await call("deleteForumTopic", **there)
    gone = await call.refused("sendMessage", **there, text="Soup")
    edit = {"chat_id": forum.id, "message_id": soup["message_id"]}

    assert closed == "Bad Request: TOPIC_CLOSED"
    assert soup["message_thread_id"] == topic
    assert check(made, "ForumTopic") == []
    assert gone == "Bad Request: message thread not found"
    assert await call.refused("editMessageText", **edit, text="Cake") == (
        "Bad Request: message to edit not found"
    )


async def test_the_general_topic_is_not_named(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """Messages of General carry no thread id, and naming it is an error."""
    forum = telegram.group("Club", anna, telegram.bot, forum=True)
    await anna.says("/ask", in_=forum)
    *_, asked = await call.hears(3)
    named = await call.refused("sendMessage", chat_id=forum.id, text="x", message_thread_id=1)
    await forum.close_topic(1)
    closed = await call.refused("sendMessage", chat_id=forum.id, text="x")

    assert "message_thread_id" not in asked["message"]
    assert named == "Bad Request: message thread not found"
    assert closed == "Bad Request: TOPIC_CLOSED"


async def test_a_group_becomes_a_supergroup(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """Both chats say so, the old id answers with the new one, and that is no fault of the bot.

    It seems to be added to the new one, as with the real Telegram.
    """
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    old = group.id
    await call("sendMessage", chat_id=old, text="Hi")
    new = await group.migrate()
    *_, added, to, from_ = await call.hears(5)
    refused = await call("sendMessage", chat_id=old, text="Hi")
    posted = await call("sendMessage", chat_id=new, text="Hi")

    assert added["my_chat_member"]["chat"]["id"] == new
    assert added["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert to["message"]["migrate_to_chat_id"] == from_["message"]["chat"]["id"] == new
    assert from_["message"]["migrate_from_chat_id"] == old
    assert refused == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new},
    }
    assert posted["message_id"] < 10
    assert telegram.violations() == []
    assert (await anna.says("Still here", in_=group)).chat == new


async def test_people_cannot_do_what_telegrams_apps_do_not_let_them(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """A test that makes somebody speak where they are not is wrong, and is told so."""
    group = telegram.group("Club", anna, forum=True)
    topic = await group.open_topic("Food")
    await anna.blocks()

    with pytest.raises(ValueError, match="Bruno is not in Club"):
        await bruno.says("Hi", in_=group)
    with pytest.raises(ValueError, match="has blocked the bot"):
        await anna.says("Hi")
    with pytest.raises(ValueError, match="there is no topic"):
        await anna.says("Hi", in_=group, topic=topic + 1)
    with pytest.raises(ValueError, match="4096"):
        await bruno.says("x" * 4097)


async def test_a_new_server_whispers_to_whoever_pressed(
    telegram: TelegramSandbox, call: Client, trip: Group, anna: Person, bruno: Person
) -> None:
    """One person sees it, and only for some seconds after their press; it can be taken back."""
    anna.cloud.knows_whispers = True
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await call("sendMessage", chat_id=trip.id, text="Who?", reply_markup=keyboard)
    await bruno.presses("Go", in_=trip, timeout=0)
    (press,) = await call.hears()
    to = {"receiver_user_id": bruno.id, "callback_query_id": press["callback_query"]["id"]}
    told = {"chat_id": trip.id, "text": "You.", "ephemeral_message_parameters": to}

    shown = await call("sendMessage", **told)
    to_another = {**told, "ephemeral_message_parameters": {**to, "receiver_user_id": anna.id}}
    refused = await call.refused("sendMessage", **to_another)
    one = {"receiver_user_id": bruno.id, "ephemeral_message_id": shown["ephemeral_message_id"]}

    assert check(shown, "Message") == []
    assert (shown["message_id"], shown["receiver_user"]["id"]) == (0, bruno.id)
    assert bruno.was_whispered() == ["You."]
    assert anna.was_whispered() == []
    assert [read.text for read in bruno.sees(in_=trip)] == ["Who?"]
    assert "belongs to somebody else" in refused
    assert await call("deleteEphemeralMessage", chat_id=trip.id, **one) is True
    assert bruno.was_whispered() == []
    assert "not found" in await call.refused("deleteEphemeralMessage", chat_id=trip.id, **one)


async def test_an_old_server_shows_a_whisper_to_all(
    call: Client, trip: Group, anna: Person, bruno: Person
) -> None:
    """It passes over what it does not know, and does not know the method that came with it."""
    to = {"receiver_user_id": bruno.id}
    none = {"chat_id": trip.id, "receiver_user_id": bruno.id, "ephemeral_message_id": 1}

    await call("sendMessage", chat_id=trip.id, text="For Bruno.", ephemeral_message_parameters=to)

    assert [read.text for read in anna.sees(in_=trip)][-1] == "For Bruno."
    assert "not found" in await call.refused("deleteEphemeralMessage", **none)
