"""The rules of the demo that need no server."""

import io

import av
import pytest
from starlette.datastructures import Headers

from bot.sandbox import recordings
from bot.sandbox.demo import voice
from bot.sandbox.demo.demo import readable
from bot.sandbox.demo.guard import refuse
from bot.sandbox.demo.ranges import answer
from bot.sandbox.demo.stage import pieces, topic_of
from bot.sandbox.sound import demuxer_of, is_opus, length
from bot.sandbox.speech import UnhearableError, hear, speak


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"host": "127.0.0.1:8420"}, None),
        ("GET", {"host": "localhost:8420"}, None),
        ("GET", {"host": "[::1]:8420"}, None),
        ("GET", {"host": "evil.example"}, 421),
        ("GET", {"host": "127.0.0.1.evil.example:8420"}, 421),
        ("GET", {"host": "localhost.evil.example"}, 421),
        ("GET", {}, 421),
        ("GET", {"host": "localhost:8420", "origin": "http://evil.example"}, None),
        ("POST", {"host": "localhost:8420"}, None),
        ("POST", {"host": "localhost:8420", "origin": "http://localhost:8420"}, None),
        ("POST", {"host": "localhost:8420", "origin": "http://127.0.0.1:8420"}, 403),
        ("POST", {"host": "localhost:8420", "origin": "http://localhost:3000"}, 403),
        ("POST", {"host": "localhost:8420", "origin": "https://localhost:8420"}, 403),
        ("POST", {"host": "localhost:8420", "origin": "null"}, 403),
        ("POST", {"host": "localhost:8420", "origin": "http://evil.example"}, 403),
        ("POST", {"host": "localhost:8420", "sec-fetch-site": "cross-site"}, 403),
        ("POST", {"host": "localhost:8420", "sec-fetch-site": "same-origin"}, None),
        ("DELETE", {"host": "localhost:8420", "origin": "http://evil.example"}, 403),
    ],
)
def test_only_this_machine_and_our_own_page_are_answered(
    method: str, headers: dict[str, str], status: int | None
) -> None:
    """No page of the web reads my demo or writes in it, whatever name it gives this machine."""
    refusal = refuse(method, Headers(headers))

    assert (refusal[0] if refusal else None) == status


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=7-99", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_a_player_gets_the_piece_it_asks_for(
    asked: str | None, status: int, body: bytes, told: str | None
) -> None:
    """A player that jumps into a recording gets it from there on."""
    response = answer(b"0123456789", asked, {"content-type": "audio/ogg"})

    assert (response.status_code, response.body) == (status, body)
    assert response.headers.get("content-range") == told
    assert response.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("short", [5]),
        ("a" * 4096, [4096]),
        ("a" * 5000, [4096, 904]),
        ("word " * 1000, [4095, 905]),
        ("a" * 3000 + "\n" + "b" * 3000, [3001, 3000]),
        ("😀" * 3000, [2048, 952]),
    ],
    ids=["fits", "fits exactly", "no space", "at a space", "at a line", "emoji"],
)
def test_a_long_text_becomes_several_messages(text: str, sizes: list[int]) -> None:
    """What is too long for one message is cut, as Telegram's apps do it, and nothing is lost."""
    cut = pieces(text)

    assert [len(piece) for piece in cut] == sizes
    assert "".join(cut) == text


@pytest.mark.parametrize(
    ("told", "topic"),
    [(None, None), ("", None), ("general", None), (1, None), (301, 301), ("301", 301)],
)
def test_a_topic_is_named_as_the_page_likes(told: object, topic: int | None) -> None:
    """General has no number of its own."""
    assert topic_of(told) == topic


@pytest.mark.parametrize("told", ["food", True, [1]])
def test_what_is_no_topic_is_refused(told: object) -> None:
    """A topic that is no number is a mistake."""
    with pytest.raises(ValueError, match="a topic is a number"):
        topic_of(told)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ondemand-bot: PORT must be a number", "ondemand-bot: PORT must be a number"),
        ('{"event": "telegram not reached", "error": "NetworkError"}',
         "telegram not reached: NetworkError"),
        ('{"event": "uncaught", "exception": "Traceback\\n  here\\nKeyError: 7"}',
         "uncaught: KeyError: 7"),
        ('{"level": "info"}', '{"level": "info"}'),
        ("[]", "[]"),
    ],
)  # fmt: skip
def test_the_last_line_of_a_bot_is_shown_readably(line: str, shown: str) -> None:
    """Where the bot does not start I read why, and no JSON."""
    assert readable(line) == shown


def test_what_a_browser_records_becomes_a_voice_note() -> None:
    """The WebM of a browser is sent as Telegram's apps send it, as long and as clear as before."""
    spoken = speak(recordings.EASILY_HEARD[0], container="ogg")
    recorded = webm(spoken)

    note = voice.voice_note(recorded)

    assert demuxer_of(recorded) == "matroska"
    assert is_opus(note)
    assert length(note) == pytest.approx(length(spoken), abs=0.1)


def test_what_is_a_voice_note_already_stays_as_it_is() -> None:
    """The sample is sent byte by byte, and heard without error."""
    assert voice.voice_note(voice.sample()) is voice.sample()
    assert hear(voice.sample()) == voice.SAMPLE


@pytest.mark.parametrize("recording", [b"", b"hello", b"OggS but not really", b"\x1aE\xdf\xa3\0"])
def test_what_is_no_sound_is_refused(recording: bytes) -> None:
    """A file that only says it is a recording is told as such."""
    with pytest.raises(UnhearableError):
        voice.voice_note(recording)


def test_a_waveform_has_the_shape_of_the_sound() -> None:
    """Speech goes up and down between 0 and 31; silence is flat."""
    speech = voice.waveform(voice.sample())
    silence = voice.waveform(recordings.silence(2))

    assert len(speech) == len(silence) == 100
    assert (min(speech), max(speech)) == (1, 31)
    assert set(silence) == {0}


def webm(ogg: bytes) -> bytes:
    """A recording as a browser makes it: Opus in WebM, without tags."""
    written = io.BytesIO()
    with (
        av.open(io.BytesIO(ogg), "r", format="ogg") as recorded,
        av.open(written, "w", format="webm") as file,
    ):
        stream = file.add_stream_from_template(recorded.streams.audio[0])
        stream.metadata.clear()
        for packet in recorded.demux(recorded.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    return written.getvalue()
