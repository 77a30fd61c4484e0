"""A chart is a picture of its values, and nothing else."""

import io

import pytest
from PIL import Image

from bot import chart


def heights(values: list[int]) -> list[int]:
    """How tall each bar is, in pixels."""
    with Image.open(io.BytesIO(chart.bars(values))) as picture:
        assert (picture.format, picture.size) == ("PNG", (chart.WIDTH, chart.HEIGHT))
        pixels = picture.convert("RGB")
        step = (chart.WIDTH - 48) / max(len(values), 1)
        middles = [round(24 + step * (number + 0.5)) for number in range(len(values))]
        return [
            sum(_is_blue(pixels.getpixel((x, y))) for y in range(chart.HEIGHT)) for x in middles
        ]


def _is_blue(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    red, _, blue = pixel
    return bool(blue - red > 100)


def test_a_bar_is_as_tall_as_its_value() -> None:
    """Twice as many is twice as tall, and none is nothing."""
    none, half, whole = heights([0, 50, 100])

    assert none == 0
    assert whole == pytest.approx(2 * half, abs=3)
    assert whole == pytest.approx(chart.HEIGHT - 48, abs=3)


@pytest.mark.parametrize("values", [[], [0], [0] * 14, [10**12, 1]])
def test_any_values_make_a_picture(values: list[int]) -> None:
    """A bot that nobody asked anything has a chart, too; one among very many is still seen."""
    assert [tall > 0 for tall in heights(values)] == [value > 0 for value in values]
