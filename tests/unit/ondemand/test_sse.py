"""Streams are read right, however they are cut, folded and broken."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ondemand.sse import Decoded, Done, Fault, Frame, Oversize, SSEDecoder
from tests.unit.ondemand.frames import DONE, HEARTBEAT, said

A = Frame("message", {"eventType": "fulfillment", "answer": "A"})
B = Frame("message", {"eventType": "fulfillment", "answer": "B"})
A_LINE = b'data:{"eventType":"fulfillment","answer":"A"}\n'
B_LINE = b'data:{"eventType":"fulfillment","answer":"B"}\n'


def decoded(*chunks: bytes, line_limit: int = 10_000) -> tuple[list[Decoded], int, int]:
    """Everything a decoder makes of these chunks: frames, skipped, lines."""
    decoder = SSEDecoder(line_limit=line_limit)
    frames = [each for chunk in chunks for each in decoder.feed(chunk)]
    return frames + decoder.finish(), decoder.skipped, decoder.lines


@pytest.mark.parametrize(
    ("stream", "frames", "skipped"),
    [
        (b"event:message\n" + A_LINE + b"\ndata:[DONE]\n\n", [A, Done()], 0),
        (A_LINE + B_LINE + b"data:[DONE]\n", [A, B, Done()], 0),
        (A_LINE.replace(b"data:", b"data: ") + b"data: [DONE]\n", [A, Done()], 0),
        (A_LINE.replace(b"\n", b"\r\n") + b"\r\n" + b"data:[DONE]\r\n\r\n", [A, Done()], 0),
        (A_LINE.replace(b"\n", b"\r") + b"\r" + B_LINE, [A, B], 0),
        (b"\xef\xbb\xbf" + A_LINE, [A], 0),
        (b": ping\nid: 7\nretry: 10\n" + A_LINE, [A], 0),
        (A_LINE.rstrip(), [A], 0),
        (b"data:[DONE]", [Done()], 0),
        (b"data:[DONE]\n" + A_LINE, [Done()], 0),
        (
            b'data:{"eventType":"fulfillment",\ndata:"answer":"A"}\n' + B_LINE,
            [A, B],
            0,
        ),
        (
            b'data:{"items":[\ndata:{"title":"inner"}\ndata:]}\n\n',
            [Frame("message", {"items": [{"title": "inner"}]})],
            0,
        ),
        (b"data:{broken\n" + A_LINE, [A], 1),
        (b"data:{broken\n" + (A_LINE + B_LINE).replace(b":{", b":{\ndata:"), [A, B], 1),
        (b"data:{\ndata:broken\n" + (A_LINE + B_LINE).replace(b":{", b":{\ndata:"), [A, B], 1),
        (
            b'data:{"items":[\ndata:{\ndata:"title":1}\ndata:]}\n',
            [Frame("message", {"items": [{"title": 1}]})],
            0,
        ),
        (b"data:{broken\n\n" + A_LINE, [A], 1),
        (b"data:{broken\nevent:message\n" + A_LINE, [A], 1),
        (b"data:{broken\ndata:[DONE]\n", [Done()], 1),
        (b"data:[1,2]\n\ndata:7\n\ndata:null\n\n" + A_LINE, [A], 3),
        (b"data:\n\ndata\n" + A_LINE, [A], 1),
        (
            b"event:heartbeat\ndata:{}\n\ndata:{}\n",
            [Frame("heartbeat", {}), Frame("message", {})],
            0,
        ),
        (b"event:heartbeat\n\n" + A_LINE, [A], 0),
        (b"<html>\n<p>502</p>\n", [], 2),
        (b'data:[ERROR]:{"message":"no"}\n', [Fault('{"message":"no"}')], 0),
        (b'data:[ERROR]{"message":"no"}\n', [Fault('{"message":"no"}')], 0),
        (b"data: [ERROR] : out of luck \n" + A_LINE, [Fault("out of luck")], 0),
        (b"data:" + b"[" * 9_000 + b"\n\n" + A_LINE, [A], 1),
        (b'data:{"answer":"\xff"}\n', [Frame("message", {"answer": "\ufffd"})], 0),
        (
            'data:{"answer":"a\u2028b\u0085c\x0b"}\n'.replace("\x0b", "").encode(),
            [Frame("message", {"answer": "a\u2028b\u0085c"})],
            0,
        ),
        (
            b'data:{"answer":"say data:[DONE] and [ERROR]"}\n',
            [Frame("message", {"answer": "say data:[DONE] and [ERROR]"})],
            0,
        ),
        (b"", [], 0),
    ],
    ids=[
        "as captured",
        "no blank lines, no event lines",
        "a space after the colon",
        "CR LF",
        "CR alone",
        "a byte order mark",
        "comments, ids and retry times",
        "no line end at the end",
        "an end mark without line end",
        "nothing after the end mark",
        "data over two lines, no blank line",
        "an object inside folded data",
        "a broken frame, no blank line",
        "a broken frame before folded ones, no blank line",
        "a broken folded frame before folded ones, no blank line",
        "an object inside folded data, itself folded",
        "a broken frame and a blank line",
        "a broken frame before an event line",
        "a broken frame before the end mark",
        "JSON that is no object",
        "empty data, and a field without colon",
        "a channel is for one frame",
        "an event without data",
        "a web page",
        "a failure with a colon",
        "a failure without colon",
        "a failure in prose",
        "absurd nesting",
        "a byte that is no UTF-8",
        "exotic line separators are text",
        "sentinels inside an answer are text",
        "nothing",
    ],
)
def test_frames(stream: bytes, frames: list[Decoded], skipped: int) -> None:
    """Every form a stream was ever seen in gives the frames it means."""
    found, left_out, _ = decoded(stream)

    assert (found, left_out) == (frames, skipped)


def test_folded_over_many_lines() -> None:
    """A frame folded over hundreds of lines is read when the blank line ends it."""
    data = {"items": list(range(300))}
    folded = json.dumps(data, indent=0).replace("\n", "\ndata:")

    frames, skipped, _ = decoded(f"data:{folded}\n\n".encode())

    assert (frames, skipped) == ([Frame("message", data)], 0)


@pytest.mark.parametrize(
    "stream",
    [b"data:" + b"x" * 100 + b"\n", b"x" * 200, b"data:" + b"x\ndata:" * 40],
    ids=["a line", "a line that never ends", "many lines of one frame"],
)
def test_oversize(stream: bytes) -> None:
    """What passes the cap ends the stream, after what came before it."""
    frames, _, _ = decoded(A_LINE + stream + B_LINE, line_limit=60)

    assert frames == [A, Oversize()]


def test_a_byte_at_a_time_is_linear() -> None:
    """A long line in single bytes costs no more than its length."""
    line = b'data:{"answer":"' + b"x" * 200_000 + b'"}\n'
    decoder = SSEDecoder(line_limit=262_144)

    frames = [found for at in range(len(line)) for found in decoder.feed(line[at : at + 1])]

    assert frames == [Frame("message", {"answer": "x" * 200_000})]


LINES = st.sampled_from(
    [
        b"event:message",
        b"event:thinking",
        b": ping",
        b"",
        b"",
        b"data:[DONE]",
        b"data:[ERROR]:{}",
        b'data:{"eventType":"fulfillment","answer":"\xf0\x9f\x8c\x8d"}',
        'data: {"eventType":"fulfillment","answer":"\u0633\u0644\u0627\u0645\u2028"}'.encode(),
        b'data:{"folded":',
        b'data:{"title":1}',
        b"data:}",
        b"data:{broken",
        b"data:\xff\xfe",
        b"nonsense",
        b"data:" + b"x" * 130,
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
STREAMS = st.lists(st.tuples(LINES, ENDS), max_size=12).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """A stream in pieces, cut at these places."""
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@pytest.mark.timeout(300)
@settings(max_examples=10_000, deadline=None)
@given(STREAMS, st.lists(st.integers(0, 2_000), max_size=12))
def test_any_chunking(stream: bytes, places: list[int]) -> None:
    """However a stream is cut into chunks, the same comes of it."""
    assert decoded(*cut(stream, places), line_limit=120) == decoded(stream, line_limit=120)


def test_every_single_cut() -> None:
    """A captured stream cut at every byte, and at all of them, gives the same frames."""
    stream = (
        HEARTBEAT + said("Gr\u00fc\u00df", " \u0645\u0631\u062d\u0628\u0627", " \U0001f30d") + DONE
    )
    whole = decoded(stream)

    cuts = [decoded(stream[:at], stream[at:]) for at in range(len(stream))]
    bytewise = decoded(*(stream[at : at + 1] for at in range(len(stream))))

    assert all(each == whole for each in [*cuts, bytewise])


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=20))
def test_any_bytes(chunks: list[bytes]) -> None:
    """No bytes whatever make the decoder fail."""
    _, skipped, lines = decoded(*chunks, line_limit=100)

    assert skipped <= lines
