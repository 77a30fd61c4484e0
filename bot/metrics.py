"""The numbers an operator watches. `docs/metrics.md` lists them, and a test compares.

No label names a person, a chat or a word anybody said, so the number of series is the same
for ten users and for ten million.
"""

from collections.abc import Callable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

#: Seconds. A transaction is expected below 10 ms; a busy SQLite file waits up to 5 s.
_TRANSACTION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


#: Seconds. A command is done within one, an answer takes as long as the assistant does.
_TURN_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)


class Metrics:
    """Every counter of one process, in a registry of its own.

    Two houses in one process, as tests build them, do not share a number.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        info = Info("ondemand_bot", "The version that is running.", registry=self.registry)
        info.info({"version": version("ondemand-telegram-bot")})
        self.transaction_seconds = Histogram(
            "ondemand_bot_transaction_seconds",
            "How long a database transaction took, from asking for a connection to its end.",
            ["kind"],
            buckets=_TRANSACTION_BUCKETS,
            registry=self.registry,
        )
        self.transaction_failures = Counter(
            "ondemand_bot_transaction_failures",
            "Transactions the database did not carry out, by what was wrong.",
            ["kind", "error"],
            registry=self.registry,
        )
        self.updates_accepted = Counter(
            "ondemand_bot_updates_accepted",
            "Updates that were committed to the inbox, repeated deliveries included.",
            registry=self.registry,
        )
        self.webhook_requests = Counter(
            "ondemand_bot_webhook_requests",
            "Requests to the webhook, by the status they were answered with.",
            ["status"],
            registry=self.registry,
        )
        self.webhook_seconds = Histogram(
            "ondemand_bot_webhook_seconds",
            "How long a request to the webhook took to be answered.",
            buckets=_TRANSACTION_BUCKETS,
            registry=self.registry,
        )
        self.inbox_open = Gauge(
            "ondemand_bot_inbox_open",
            "Updates that wait or are being worked on, in the whole database.",
            registry=self.registry,
        )
        self.inbox_parked = Gauge(
            "ondemand_bot_inbox_parked",
            "Updates that were given up and are kept for an operator, in the whole database.",
            registry=self.registry,
        )
        self.inbox_oldest_seconds = Gauge(
            "ondemand_bot_inbox_oldest_seconds",
            "How long the oldest update that is not answered has been here.",
            registry=self.registry,
        )
        self.poll_age_seconds = Gauge(
            "ondemand_bot_poll_age_seconds",
            "How long ago Telegram last answered a poll, or since when it has answered none; "
            "-1 where this process does not poll.",
            registry=self.registry,
        )
        self.tasks = Gauge(
            "ondemand_bot_tasks",
            "Tasks of the loop that have not ended. It goes with the answers being made.",
            registry=self.registry,
        )
        self.turn_wait_seconds = Histogram(
            "ondemand_bot_turn_wait_seconds",
            "How long an update waited, from its acceptance to the beginning of its first attempt.",
            buckets=_TURN_BUCKETS,
            registry=self.registry,
        )
        self.turn_seconds = Histogram(
            "ondemand_bot_turn_seconds",
            "How long an attempt at a turn took, however it ended.",
            buckets=_TURN_BUCKETS,
            registry=self.registry,
        )
        self.turns = Counter(
            "ondemand_bot_turns",
            "Turns by how they ended: settled, postponed to be tried again, or parked.",
            ["outcome"],
            registry=self.registry,
        )
        self.ondemand_calls = Counter(
            "ondemand_bot_ondemand_calls",
            "Calls to OnDemand by what they said of its health, and those turned away unasked.",
            ["outcome"],
            registry=self.registry,
        )
        self._ondemand_away = Gauge(
            "ondemand_bot_ondemand_away_seconds",
            "Seconds since OnDemand has been away, as this process sees it; 0 while it is well.",
            registry=self.registry,
        )

    def watch_ondemand(self, away: Callable[[], float]) -> None:
        """Have it asked how long OnDemand has been away, whenever the numbers are read."""
        self._ondemand_away.set_function(away)
