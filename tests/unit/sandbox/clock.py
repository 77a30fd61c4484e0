"""A clock that is moved by hand."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Shows the same time until somebody moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Move the hands."""
        self.now += timedelta(seconds=seconds)
