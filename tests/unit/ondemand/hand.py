"""A clock for those who have no time to wait."""


class Hand:
    """A clock that moves only when somebody sleeps by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        """The time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on, at once."""
        self.pauses.append(seconds)
        self.now += seconds
