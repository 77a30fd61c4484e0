"""Alerts: what only an operator can mend is told to the operators, on Telegram, once an hour."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import Address, SurfaceError
from bot.ondemand import EndpointRefusedError, KeyRefusedError, NotSubscribedError

log = logging.getLogger(__name__)

#: How long the same alert is not repeated, over all processes.
PAUSE: Final = timedelta(hours=1)

#: The phrase of an alert, by the failure.
_ALERTS: Final[Mapping[type[Exception], str]] = {
    KeyRefusedError: "alert key",
    NotSubscribedError: "alert credit",
    EndpointRefusedError: "alert model",
}


def alert_of(error: BaseException | None) -> str | None:
    """The alert that a failure deserves, as a phrase, whatever it was wrapped in."""
    while error is not None:
        for kind, phrase in _ALERTS.items():
            if isinstance(error, kind):
                return phrase
        error = error.__cause__
    return None


async def alert(error: Exception, services: Services, *, reference: str) -> None:
    """Tell the operators what they have to do, if this failure is one for them and is news.

    Whoever cannot be told on Telegram finds it in the log.
    """
    phrase = alert_of(error)
    if phrase is None:
        return
    async with services.store.begin() as tx:
        if not await tx.alerts.is_news(phrase, at=services.clock.now(), pause=PAUSE):
            return
    log.error("operators alerted", extra={"alert": phrase, "reference": reference})
    for operator in services.door.operators:
        async with services.store.read() as tx:
            user = await tx.users.find(operator)
        told = user.language if user else None
        language = await services.chosen.language_of(operator, told)
        (part,) = services.surface.format(say(phrase, language, ref=reference))[:1]
        try:
            await services.surface.post(Address(operator), part)
        except SurfaceError as failure:
            fields = {"operator": operator, "error": type(failure).__name__}
            log.warning("operator not alerted", extra=fields)
