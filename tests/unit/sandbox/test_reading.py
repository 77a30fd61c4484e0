"""What the platform reads in files."""

import io
import zipfile
import zlib

import av
import pytest

from bot.sandbox.ondemand.reading import UnreadableError, kind_of, mime_type_of, read


def _zipped(**parts: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return packed.getvalue()


_DOCX = _zipped(
    **{"word/document.xml": "<w:p><w:t>Ebb</w:t></w:p><w:p>Flow</w:p>", "other.xml": "no"}
)
_PPTX = _zipped(
    **{"ppt/slides/slide1.xml": "<a:p>One</a:p>", "ppt/slides/slide2.xml": "<a:p>Two</a:p>"}
)
_PAGE = zlib.compress(rb"BT (High water \(spring\)) Tj ET")
_PDF = b"%PDF-1.7\n1 0 obj <<>> stream\n" + _PAGE + b"\nendstream endobj"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", "Grüße".encode(), "Grüße"),
        ("a.CSV", b"a;b", "a;b"),
        ("a.docx", _DOCX, "Ebb\nFlow"),
        ("a.pptx", _PPTX, "One\nTwo"),
        ("a.pdf", _PDF, "High water (spring)"),
        ("a.pdf", b"%PDF-1.7", "The sandbox finds no simple text in this PDF."),
    ],
    ids=["text", "an ending in capitals", "a letter", "slides", "a PDF", "a PDF without text"],
)
def test_a_document_is_read(name: str, content: bytes, text: str) -> None:
    """Text, tables, office files and simple PDFs are read without a network."""
    assert read(name, content) == text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"\xff"),
        ("a.docx", b"no zip"),
        ("a.pdf", b"no pdf"),
        ("a.png", b"no picture"),
        ("a.mp3", b"no sound"),
        ("a.doc", b"old"),
        ("a", b"?"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, content: bytes) -> None:
    """Broken files and kinds the sandbox does not know are refused, whatever their bytes."""
    with pytest.raises(UnreadableError):
        read(name, content)


@pytest.mark.parametrize(("codec", "name"), [("png", "a.png"), ("mjpeg", "a.jpg")])
def test_a_picture_is_measured(codec: str, name: str) -> None:
    """The description of a picture tells its size."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = 64, 48
    encoder.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
    encoder.time_base = 1  # type: ignore[assignment]  # A whole number is a fraction.
    picture = b"".join(bytes(p) for p in encoder.encode(av.VideoFrame(64, 48, encoder.pix_fmt)))

    assert "64 by 48 pixels" in read(name, picture)


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [
        ("a.pdf", "document", "application/pdf"),
        ("a.md", "document", "text/plain"),
        ("a.JPG", "image", "image/jpeg"),
        ("voice.ogg", "audio", "audio/ogg"),
        ("a.mp4", "video", "video/mp4"),
        ("sticker.webp", None, "image/webp"),
        ("voice.oga", None, "audio/ogg"),
        ("nothing", None, "application/octet-stream"),
    ],
)
def test_the_kind_of_a_file_is_in_its_name(name: str, kind: str | None, mime: str) -> None:
    """The platform goes by the ending, and takes those of its list and no other."""
    assert kind_of(name) == kind
    assert mime == mime_type_of(name) or kind is None
