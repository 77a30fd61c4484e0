"""What each method of the Bot API does here. The others are known, checked, and not simulated."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.methods import (
    answering,
    chats,
    editing,
    fetching,
    media,
    myself,
    sending,
    topics,
    whispering,
)

#: Takes the checked parameters and gives the result as JSON, or an awaitable of it.
Handler = Callable[[Cloud, Mapping[str, Any]], Any]

HANDLERS: Mapping[str, Handler] = {
    **myself.HANDLERS,
    **fetching.HANDLERS,
    **sending.HANDLERS,
    **editing.HANDLERS,
    **answering.HANDLERS,
    **media.HANDLERS,
    **chats.HANDLERS,
    **topics.HANDLERS,
    **whispering.HANDLERS,
}
