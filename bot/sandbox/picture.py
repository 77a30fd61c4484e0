"""How large a picture or a film is."""

import io

import av

from bot.sandbox.sound import demuxer_of

_MAGIC = {
    b"\x89PNG": "png_pipe",
    b"\xff\xd8\xff": "jpeg_pipe",
    b"GIF8": "gif",
    b"RIFF": "webp_pipe",
}


def size(content: bytes) -> tuple[int, int] | None:
    """Return the width and height in pixels, None for what is neither picture nor film. Blocks."""
    found = (demuxer for magic, demuxer in _MAGIC.items() if content.startswith(magic))
    demuxer = next(found, None) or demuxer_of(content)
    if demuxer is None:
        return None
    try:
        with av.open(io.BytesIO(content), "r", format=demuxer) as file:
            if not file.streams.video:
                return None
            shown = file.streams.video[0].codec_context
            return (shown.width, shown.height) if shown.width and shown.height else None
    except (av.FFmpegError, ValueError):
        return None
