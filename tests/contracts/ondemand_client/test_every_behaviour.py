"""Nothing the platform can be told to do is without a proof."""

from importlib import import_module
from pathlib import Path

from bot.sandbox.ondemand.behaviours import BEHAVIOURS
from tests.contracts.ondemand_client.proof import PROVEN


def test_every_behaviour_is_proven() -> None:
    """A new behaviour of the platform waits here until it is known what it means for a caller."""
    for path in Path(__file__).parent.glob("test_*.py"):
        import_module(f"{__package__}.{path.stem}")

    assert set(BEHAVIOURS) == PROVEN
