"""The webhook: an update is committed before Telegram hears that we have it.

Telegram repeats whatever was not answered with 2xx, waits as long as `Retry-After` says, and holds
back what follows in the same chat meanwhile. After a day of 410 it would forget the webhook, and a
body that names a method it would carry out (tdlib/telegram-bot-api, `WebhookActor.cpp`). So a body
is always empty, there is no 410, and only what can never be taken in is answered with 4xx.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bot.metrics import Metrics
from bot.storage import StorageError
from bot.web.http import Answer, GoneError, Receive, Scope, TooLongError, header, read_body

log = logging.getLogger(__name__)

#: Bytes of the longest update that is taken in: more than Telegram makes.
LONGEST: Final = 1 << 20

#: Seconds in which a body has to be here.
PATIENCE: Final = 10.0

#: Seconds after which Telegram is to come again when the database could not be written.
COME_AGAIN: Final = 2

_SECRET = b"x-telegram-bot-api-secret-token"


class NotAnUpdateError(Exception):
    """This is no update, however often it is sent."""


def webhook_path(secret: str) -> str:
    """The path that Telegram calls: the same for every process, and nobody's to guess.

    Made of the secret and never the secret itself, because proxies log paths.
    """
    digest = hmac.new(secret.encode(), b"ondemand-bot webhook path", hashlib.sha256).hexdigest()
    return f"/telegram/{digest[:32]}"


class Webhook:
    """Takes updates in from Telegram and from nobody else."""

    def __init__(
        self,
        *,
        secret: str,
        take_in: Callable[[Mapping[str, Any]], Awaitable[None]],
        metrics: Metrics,
        patience: float = PATIENCE,
    ) -> None:
        """`take_in` returns when the update is committed.

        It raises `NotAnUpdateError`, or `StorageError` where Telegram had better keep it.
        """
        self._secret = secret.encode()
        self._take_in = take_in
        self._metrics = metrics
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive) -> Answer | None:
        """The answer to a request; `None` where nobody waits for one any more.

        Who does not know the secret is sent away before a byte of the body is read.
        """
        with self._metrics.webhook_seconds.time():
            try:
                answer = await self._answer(scope, receive)
            except GoneError:
                return None
        self._metrics.webhook_requests.labels(str(answer.status)).inc()
        return answer

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if not self._is_telegram(scope):
            return Answer(401, is_last=True)
        if scope["method"] != "POST":
            return Answer(405, headers={"Allow": "POST"}, is_last=True)
        try:
            told = header(scope, b"content-length")
            if told and int(told[0]) > LONGEST:
                return Answer(413, is_last=True)
            async with asyncio.timeout(self._patience):
                body = await read_body(receive, most=LONGEST)
        except TimeoutError:
            return Answer(408, is_last=True)
        except (TooLongError, ValueError):
            return Answer(413, is_last=True)
        try:
            await self._take_in(_update(body))
        except NotAnUpdateError:
            return Answer(400)
        except StorageError as error:
            log.warning("update not taken in", extra={"error": type(error).__name__})
        except Exception:  # A bug of ours: Telegram keeps the update until it is mended.
            log.exception("update not taken in")
        else:
            return Answer(200)
        return Answer(503, headers={"Retry-After": str(COME_AGAIN)})

    def _is_telegram(self, scope: Scope) -> bool:
        told = header(scope, _SECRET)
        return len(told) == 1 and hmac.compare_digest(told[0], self._secret)


def _update(body: bytes) -> Mapping[str, Any]:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAnUpdateError from None
    if not isinstance(update, dict):
        raise NotAnUpdateError
    return update
