"""What the page sees and can do: `docs/demo.md`, line by line."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox import recordings
from bot.sandbox.demo.guard import POLICY
from bot.sandbox.sound import is_opus
from tests.contracts.demo.conftest import Browser, Demo
from tests.contracts.telegram_sandbox.client import Client

TRIP, GUIDE = "Trip to Porto", "Porto guide"
STOP = {"inline_keyboard": [[{"text": "■ Stop", "callback_data": "stop:7"}]]}


async def test_three_people_and_their_chats(browser: Browser) -> None:
    """I am Anna, Bruno or Mei; each has a private chat, the group and the forum."""
    stage = await browser.sees("/api/stage")
    chats = [
        (await browser.sees(f"/api/people/{person['id']}/chats"))["chats"]
        for person in stage["people"]
    ]

    assert [(one["name"], one["language"]) for one in stage["people"]] == [
        *(("Anna", "en"), ("Bruno", "es"), ("Mei", "zh")),
    ]
    assert [[(one["kind"], one["title"]) for one in seen] for seen in chats] == [
        [("private", "OnDemand"), ("group", TRIP), ("forum", GUIDE)]
    ] * 3
    assert [one["name"] for one in chats[0][2]["topics"]] == ["General", "Food", "Trains"]
    assert {one["name"]: one["status"] for one in chats[0][1]["members"]} == {
        "Anna": "creator",
        "Bruno": "member",
        "Mei": "member",
        "OnDemand": "administrator",
    }


async def test_a_conversation_with_all_that_a_message_can_have(
    browser: Browser, bot: Client
) -> None:
    """I write, the bot answers with marks, a reply and a button, and I see each of them."""
    said = await browser.does("Anna", "say", text="See https://example.org")
    await bot(
        "sendMessage",
        chat_id=said["chat"],
        text="Look here",
        entities=[{"type": "text_link", "offset": 0, "length": 4, "url": "https://example.org"}],
        reply_parameters={"message_id": said["id"]},
        reply_markup=STOP,
    )
    question, answer = await browser.reads("Anna")

    assert question == said
    assert question["sender"] == {"id": browser.people["Anna"], "name": "Anna", "is_bot": False}
    assert question["entities"] == [{"type": "url", "offset": 4, "length": 19}]
    assert answer["text"] == "Look here"
    assert answer["entities"][0]["url"] == "https://example.org"
    assert answer["keyboard"] == [[{"label": "■ Stop", "data": "stop:7", "url": None}]]
    assert answer["reply_to"] == {
        "id": said["id"],
        "sender": "Anna",
        "text": "See https://example.org",
        "kind": "text",
    }
    assert answer["version"] > question["version"]


async def test_messages_come_as_they_happen(browser: Browser, bot: Client) -> None:
    """Two tabs see the bot type, an answer grow, and a message go."""
    async with browser.listens() as one, browser.listens() as other:
        said = await browser.does("Anna", "say", text="Hello!")
        where = {"chat_id": said["chat"]}
        await bot("sendChatAction", action="typing", **where)
        posted = await bot("sendMessage", text="Hi", **where)
        await bot("sendChatAction", action="record_voice", **where)
        await bot("editMessageText", text="Hi there", message_id=posted["message_id"], **where)
        await browser.does("Anna", "delete", message=said["id"])
        seen = [
            [
                *((await until("message"))["text"], (await until("action"))["action"]),
                *((await until("action"))["action"], (await until("message"))["text"]),
                *((await until("action"))["action"], (await until("message"))["text"]),
                (await until("deleted"))["id"],
            ]
            for until in (one, other)
        ]

    expected = ["Hello!", "typing", None, "Hi", "record_voice", "Hi there", said["id"]]
    assert seen == [expected, expected]


async def test_a_page_that_was_away_catches_up(browser: Browser) -> None:
    """The stream goes on from a snapshot, and from the last event a browser has seen."""
    position = (await browser.sees("/api/stage"))["event"]
    await browser.does("Anna", "say", text="Hello!")

    async with browser.listens(**{"Last-Event-ID": position}) as until:
        seen = await until("message")

    assert seen["text"] == "Hello!"


async def test_a_page_of_another_world_begins_anew(browser: Browser) -> None:
    """I left the page open and started the demo again: it asks for everything."""
    async with browser.listens(**{"Last-Event-ID": "77-3"}) as until:
        assert await until("reset") == {"world": 1}


async def test_a_long_chat_comes_in_pieces(browser: Browser, demo: Demo) -> None:
    """Of 5,000 messages the newest hundred come at once, and older ones when I scroll."""
    anna = demo.stage.people[browser.people["Anna"]]
    for number in range(5000):
        await anna.says(f"Message {number}")

    newest = await browser.sees(f"{browser.path('Anna')}/messages")
    first = newest["messages"][0]
    older = await browser.sees(f"{browser.path('Anna')}/messages", before=first["id"], limit=10)
    oldest = await browser.sees(f"{browser.path('Anna')}/messages", before=102)

    assert [newest["messages"][n]["text"] for n in (0, 99)] == ["Message 4900", "Message 4999"]
    assert [one["text"] for one in older["messages"]] == [f"Message {n}" for n in range(4890, 4900)]
    assert (newest["has_older"], older["has_older"], oldest["has_older"]) == (True, True, False)
    assert len(oldest["messages"]) == 1


async def test_topics_stay_apart(browser: Browser, bot: Client) -> None:
    """What is said about food is not among the trains."""
    [chat] = [
        one
        for one in (await browser.sees(f"/api/people/{browser.people['Mei']}/chats"))["chats"]
        if one["title"] == GUIDE
    ]
    food = chat["topics"][1]["id"]
    await browser.does("Mei", "say", in_=GUIDE, text="Sardines!", topic=food)
    await browser.does("Mei", "say", in_=GUIDE, text="Hello all!")
    await bot("sendChatAction", chat_id=chat["id"], action="typing", message_thread_id=food)

    shown = (await browser.sees(browser.path("Mei", GUIDE)))["chat"]
    texts = [
        [one["text"] for one in await browser.reads("Mei", GUIDE, topic=topic)]
        for topic in (food, "general")
    ]

    assert texts == [["Sardines!"], ["Hello all!"]]
    assert [topic["last"]["text"] for topic in shown["topics"]][:2] == ["Hello all!", "Sardines!"]
    assert [(one["topic"], one["action"]) for one in shown["actions"]] == [(food, "typing")]


async def test_a_button_brings_the_bots_word(browser: Browser, bot: Client) -> None:
    """I press a button, and read what the bot says to it."""
    said = await browser.does("Anna", "say", text="Hello!")
    posted = await bot("sendMessage", chat_id=said["chat"], text="Hi", reply_markup=STOP)
    number = posted["message_id"]
    pressing = asyncio.create_task(browser.does("Anna", "press", message=number, data="stop:7"))
    query = (await bot.hears(2))[-1]["callback_query"]
    await bot("answerCallbackQuery", callback_query_id=query["id"], text="Done", show_alert=True)

    answered = await pressing
    gone = await browser.does("Anna", "press", message=number, data="else", expected=409)

    assert answered == {"answer": {"text": "Done", "alert": True, "url": None}}
    assert query["data"] == "stop:7"
    assert gone == {"error": "This button is not there any more."}


async def test_what_can_be_done_to_messages(browser: Browser, bot: Client) -> None:
    """I edit, forward and reply, and put a heart on what the bot said."""
    said = await browser.does("Anna", "say", text="Helo!")
    posted = await bot("sendMessage", chat_id=said["chat"], text="Hi")
    number = posted["message_id"]

    edited = await browser.does("Anna", "edit", message=said["id"], text="Hello!")
    liked = await browser.does("Anna", "react", message=number, emoji="❤")
    plain = await browser.does("Anna", "react", message=number, emoji=None)
    moved = await browser.does("Anna", "forward", message=number, to=browser.chats[TRIP])
    reply = await browser.does("Anna", "say", text="Thanks", reply_to=number)

    assert (edited["text"], edited["edited"] is not None) == ("Hello!", True)
    assert liked["reactions"] == [{"emoji": "❤", "by": browser.people["Anna"]}]
    assert plain["reactions"] == []
    assert (moved["chat"], moved["forwarded"]["from"]) == (browser.chats[TRIP], "OnDemand")
    assert reply["reply_to"]["text"] == "Hi"


async def test_a_draft_is_shown_and_stopped(browser: Browser, bot: Client) -> None:
    """I see what the bot is about to say, and stop it."""
    said = await browser.does("Anna", "say", text="Hello!")
    draft = {"chat_id": said["chat"], "draft_id": 1, "text": "Hm", "can_stop": True}
    async with browser.listens() as until:
        await bot("sendMessageDraft", **draft)
        told = [await until("draft")]
        shown = (await browser.sees(browser.path("Anna")))["chat"]["drafts"]
        await browser.does("Anna", "stop")
        told.append(await until("draft"))

    assert shown == [{"topic": None, "text": "Hm", "can_stop": True}]
    assert [one["text"] for one in told] == ["Hm", None]
    assert await browser.does("Anna", "stop", expected=409) == {
        "error": "There is no draft any more."
    }


async def test_a_menu_of_commands(browser: Browser, bot: Client) -> None:
    """I am offered what the bot has set, in my language."""
    for language, told in (("", "Starts"), ("es", "Empieza")):
        commands = [{"command": "new", "description": told}]
        await bot("setMyCommands", commands=commands, language_code=language)

    offered = [
        (await browser.sees(f"{browser.path(who)}/commands"))["commands"]
        for who in ("Anna", "Bruno")
    ]

    assert [one[0]["description"] for one in offered] == ["Starts", "Empieza"]


async def test_a_voice_note_is_sent_heard_and_drawn(browser: Browser, demo: Demo) -> None:
    """What my browser records goes out as a voice note, with its length and its shape."""
    recorded = recordings.audio_file(recordings.EASILY_HEARD[0], "m4a")

    sent = await send(browser, "Anna", recorded, "recording.m4a", "audio/mp4", kind="voice")

    media = sent["media"]
    sound = await browser.http.get(media["url"])
    piece = await browser.http.get(media["url"], headers={"range": "bytes=0-3"})
    shape = await browser.sees(media["waveform_url"])
    assert (media["kind"], media["mime_type"], media["duration"]) == ("voice", "audio/ogg", 2)
    assert is_opus(sound.content)
    assert sound.headers["content-type"] == "audio/ogg"
    assert (piece.status_code, piece.content) == (206, b"OggS")
    assert (len(shape["waveform"]), max(shape["waveform"])) == (100, 31)
    assert demo.telegram.updates()[-1]["message"]["voice"]["duration"] == 2


async def test_without_a_microphone_a_sample_is_sent(browser: Browser) -> None:
    """Who has no microphone listens to a recording, and sends it."""
    sample = (await browser.sees("/api/stage"))["sample"]

    sound = await browser.http.get(sample["url"])
    sent = await browser.does("Anna", "sample")

    assert sound.headers["content-type"] == "audio/ogg"
    assert is_opus(sound.content)
    assert (sent["media"]["kind"], sent["media"]["size"]) == ("voice", len(sound.content))


@pytest.mark.parametrize(
    ("name", "claimed", "kind", "told", "disposition"),
    [
        ("a.png", "image/png", "photo", "image/png", "inline"),
        ("a.txt", "text/plain", "document", "application/octet-stream", "attachment"),
        ("a.html", "text/html", "document", "application/octet-stream", "attachment"),
        ("a.svg", "image/svg+xml", "photo", "image/jpeg", "inline"),
        ("a.js", "text/javascript", "video", "application/octet-stream", "attachment"),
        ("a.png", "image/png", "document", "image/png", "attachment"),
    ],
)
async def test_a_file_that_was_sent_can_do_nothing_on_the_page(
    browser: Browser, name: str, claimed: str, kind: str, told: str, disposition: str
) -> None:
    """Pictures are shown; whatever could be a program is only ever downloaded."""
    sent = await send(browser, "Anna", b"<script>alert(1)</script>", name, claimed, kind=kind)

    got = await browser.http.get(sent["media"]["url"])

    assert got.headers["content-type"] == told
    assert got.headers["content-disposition"] == disposition
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["x-content-type-options"] == "nosniff"


async def test_twenty_megabytes_go_out_and_more_than_fifty_do_not(
    browser: Browser, bot: Client, demo: Demo
) -> None:
    """A file of 21 MB can be sent, though no bot can fetch it; beyond 50 MB I am told the limit."""
    large = await send(browser, "Anna", bytes(21 << 20), "large.bin")
    [update] = await bot.hears()
    refused = await bot.refused("getFile", file_id=update["message"]["document"]["file_id"])
    too_large = await says(
        demo,
        f"POST {browser.path('Anna')}/send",
        f"Content-Length: {51 << 20}",
        "Content-Type: multipart/form-data; boundary=x",
    )

    assert large["media"]["size"] == 21 << 20
    assert refused == "Bad Request: file is too big"
    assert too_large.startswith(b"HTTP/1.1 413")
    assert too_large.endswith(b'{"error":"A file may have 50 MB."}')


@pytest.mark.parametrize(
    ("verb", "body", "status", "told"),
    [
        ("say", {"text": ""}, 400, "Text must be a text."),
        ("say", {"text": 7}, 400, "Text must be a text."),
        ("say", {"text": "Hi", "topic": 99}, 400, "There is no topic 99."),
        ("say", {"text": "Hi", "reply_to": 99}, 409, "This message is not there any more."),
        ("edit", {"message": 99, "text": "Hi"}, 409, "This message is not there any more."),
        ("edit", {"text": "Hi"}, 400, "Message must be a number."),
        ("forward", {"message": 101, "to": 5}, 404, "There is no such thing here."),
        ("dance", {}, 405, "This cannot be done here."),
    ],
)
async def test_what_cannot_be_done_is_told_in_a_sentence(
    browser: Browser, verb: str, body: dict[str, Any], status: int, told: str
) -> None:
    """A mistake is one sentence that the page can show."""
    await browser.does("Anna", "say", text="Hello!")

    assert await browser.does("Anna", verb, expected=status, **body) == {"error": told}


async def test_only_json_and_sound_are_taken_for_what_they_are(browser: Browser) -> None:
    """A form that poses as JSON is refused, and a text that poses as a recording."""
    path = browser.path("Anna")
    answers = [
        await browser.http.post(f"{path}/say", content=b'{"text": "Hi"}'),
        await browser.http.post(
            f"{path}/say", content=b"{", headers={"content-type": "application/json"}
        ),
        await browser.http.post(f"{path}/say", json=["Hi"]),
        await browser.http.post(f"{path}/say", json={"text": "a" * (1 << 20)}),
        await browser.http.post(f"{path}/send", json={"file": "a"}),
        await browser.http.post(f"{path}/send", files={"other": ("a", b"a")}),
        await browser.http.post(
            f"{path}/send", files={"file": ("a.webm", b"no sound")}, data={"kind": "voice"}
        ),
        await browser.http.post(
            f"{path}/send", files={"file": ("a", b"a")}, data={"kind": "sticker"}
        ),
    ]

    assert [one.status_code for one in answers] == [415, 400, 400, 413, 415, 400, 415, 400]
    assert all(one.json()["error"].endswith(".") for one in answers)


async def test_a_chat_i_am_not_in_is_not_shown(browser: Browser, demo: Demo) -> None:
    """Another's private chat is none of mine, nor is a group that I left."""
    mei = demo.stage.people[browser.people["Mei"]]
    await mei.leaves(next(iter(demo.stage.groups.values())))

    answers = [
        await browser.http.get(f"/api/people/{mei.id}/chats/{number}/messages")
        for number in (browser.people["Anna"], browser.chats[TRIP], "none", 0)
    ]
    left = (await browser.sees(f"/api/people/{mei.id}/chats"))["chats"]

    assert [one.status_code for one in answers] == [404, 404, 404, 404]
    assert [one["title"] for one in left] == ["OnDemand", GUIDE]


async def test_every_answer_is_strict_about_what_a_browser_may_do(browser: Browser) -> None:
    """Page, data and mistakes come with a policy that lets nothing in from outside."""
    answers = [await browser.http.get(path) for path in ("/", "/api/stage", "/nothing/here")]

    assert {one.headers["content-security-policy"] for one in answers} == {POLICY}
    assert {one.headers["x-content-type-options"] for one in answers} == {"nosniff"}
    assert answers[0].headers["content-type"] == "text/html; charset=utf-8"
    assert answers[2].status_code == 404


@pytest.mark.parametrize("path", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/hosts", "."])
async def test_nothing_but_the_page_is_given_away(demo: Demo, path: str) -> None:
    """No path leads out of the folder of the page."""
    assert (await says(demo, f"GET /{path}")).startswith(b"HTTP/1.1 404")


async def test_a_name_that_is_not_this_machines_is_refused(demo: Demo) -> None:
    """A page of the web that calls this machine by its own name reads nothing."""
    async with httpx.AsyncClient(base_url=demo.url) as http:
        answer = await http.get("/api/stage", headers={"host": "evil.example"})

    assert answer.status_code == 421


async def says(demo: Demo, request: str, *headers: str) -> bytes:
    """Send a request as it is: a client would tidy it up, or not send it at all."""
    host, port = demo.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = (f"{request} HTTP/1.1", f"Host: {host}", "Connection: close", *headers)
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
    answer = await reader.read()
    writer.close()
    return answer


async def send(
    browser: Browser,
    who: str,
    content: bytes,
    name: str,
    claimed: str = "application/octet-stream",
    **fields: str,
) -> Any:
    """Send a file as somebody, from a form."""
    file = {"file": (Path(name).name, content, claimed)}
    answer = await browser.http.post(f"{browser.path(who)}/send", files=file, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["message"]
