"""How large pictures and films are."""

import io

import av
import pytest
from av.video.stream import VideoStream

from bot.sandbox import picture, recordings


def drawn(form: str, codec: str, pixels: str) -> bytes:
    """A grey picture, 64 by 32 pixels."""
    written = io.BytesIO()
    with av.open(written, "w", format=form) as file:
        stream = file.add_stream(codec, rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 32, pixels
        frame = av.VideoFrame(64, 32, pixels)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return written.getvalue()


@pytest.mark.parametrize(
    ("form", "codec", "pixels"),
    [
        ("image2pipe", "png", "rgb24"),
        ("image2pipe", "mjpeg", "yuvj420p"),
        ("gif", "gif", "rgb8"),
        ("webp", "libwebp", "yuv420p"),
        ("webm", "libvpx", "yuv420p"),
    ],
)
def test_a_picture_is_measured(form: str, codec: str, pixels: str) -> None:
    """Whatever a phone or a browser makes of a picture, it is known how large it is."""
    assert picture.size(drawn(form, codec, pixels)) == (64, 32)


def test_a_film_is_measured() -> None:
    """A round film is as wide as it is high."""
    assert picture.size(recordings.video_note()) == (240, 240)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG", b"RIFF....WAVE", b"\xff\xd8\xff"])
def test_what_is_no_picture_has_no_size(content: bytes) -> None:
    """A text is no picture, whatever it begins with."""
    assert picture.size(content) is None


def test_a_recording_has_no_size() -> None:
    """A voice note cannot be seen."""
    assert picture.size(recordings.silence(1)) is None
