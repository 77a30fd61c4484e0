"""Who is told what happens on Telegram, at the moment it happens."""

from typing import Literal

from bot.sandbox.telegram.traces import Action, Call, Draft, Pending
from bot.sandbox.telegram.world import Message


class Witness:
    """Takes no notice of anything; who wants to know more overrides what it needs.

    It is called in the middle of what happens: it must be quick, and change nothing.
    """

    def sees(self, message: Message) -> None:
        """See a message that was posted, edited, deleted, or got a reaction."""

    def sees_action(self, action: Action) -> None:
        """See what the bot begins to do, such as typing."""

    def sees_draft(self, chat: int, topic: int | None, draft: Draft | None) -> None:
        """See a draft grow; None when it is gone."""

    def hears(self, call: Call, *, is_over: bool) -> None:
        """Hear of a call of the bot: when its parameters are read, and when it is answered."""

    def follows(self, update: Pending, state: Literal["waiting", "fetched", "confirmed"]) -> None:
        """Follow an update on its way to the bot."""
