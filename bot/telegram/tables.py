"""Tables as monospaced text, its columns aligned."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from wcwidth import width

Alignment: TypeAlias = Literal["None", "Left", "Center", "Right"]

#: Columns of the screen. A wider cell keeps its words and breaks the alignment of its row only;
#: padding a whole column to it would help nobody and multiply the text.
_WIDEST = 40


def align(rows: Sequence[Sequence[str]], alignments: Sequence[Alignment]) -> str:
    """The rows, the first of them the head, one line each.

    Widths are those of a terminal: Chinese characters and emoji take two columns.
    """
    widths = [0] * len(alignments)
    measured = []
    for row in rows:
        # What a row has no words for is left out: a short row must not cost what a long one does.
        filled = max((number for number, cell in enumerate(row, 1) if cell), default=0)
        cells = [(cell, width(cell)) for cell in row[:filled]]
        widths[: len(cells)] = [
            max(wide, min(wanted, _WIDEST))
            for (_, wanted), wide in zip(cells, widths, strict=False)
        ]
        measured.append(cells)
    lines = [
        " | ".join(
            _pad(cell, wide - wanted, alignment)
            for (cell, wanted), wide, alignment in zip(cells, widths, alignments, strict=False)
        ).rstrip()
        for cells in measured
    ]
    lines.insert(1, "-+-".join("-" * wide for wide in widths))
    return "\n".join(lines)


def _pad(cell: str, missing: int, alignment: Alignment) -> str:
    match alignment:
        case "Right":
            return " " * missing + cell
        case "Center":
            return " " * (missing // 2) + cell + " " * (missing - missing // 2)
        case _:
            return cell + " " * missing
