"""A small chart as a picture: bars in a row, for somebody who reads it on a phone."""

import io
from collections.abc import Sequence
from typing import Final

#: Pixels. Drawn twice as large and made smaller, which smooths the edges.
WIDTH: Final = 800
HEIGHT: Final = 320
_SCALE: Final = 2
_MARGIN: Final = 24

_PAPER: Final = (255, 255, 255)
_LINE: Final = (224, 228, 234)
_BAR: Final = (59, 130, 246)
_LAST: Final = (29, 78, 216)


def bars(values: Sequence[int]) -> bytes:
    """The values as bars, the last one darker, as a PNG. The tallest fills the height.

    It holds no words: they stand in the caption, in the reader's language.
    """
    # Only operators see charts: nobody else waits for the library, or pays its memory.
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _PAPER)
    draw = ImageDraw.Draw(picture)
    margin = _MARGIN * _SCALE
    width, height = picture.width - 2 * margin, picture.height - 2 * margin
    for quarter in range(5):
        y = margin + height * quarter // 4
        draw.line([(margin, y), (margin + width, y)], fill=_LINE, width=_SCALE)
    most = max([*values, 1])
    step = width / max(len(values), 1)
    for number, value in enumerate(values):
        if value <= 0:
            continue
        left, right = margin + step * (number + 0.15), margin + step * (number + 0.85)
        top = margin + height - max(_SCALE, height * value // most)
        colour = _LAST if number == len(values) - 1 else _BAR
        draw.rounded_rectangle([left, top, right, margin + height], 3 * _SCALE, fill=colour)
    out = io.BytesIO()
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    small.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()
