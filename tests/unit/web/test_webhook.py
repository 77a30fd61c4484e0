"""The webhook: whom it lets in, what it takes, and what Telegram is told."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.metrics import Metrics
from bot.storage import BusyError
from bot.web.http import Answer
from bot.web.webhook import LONGEST, NotAnUpdateError, Webhook, webhook_path

SECRET = "s3cret-of_the-webhook-0123456789abcdef"
NAME = b"x-telegram-bot-api-secret-token"
UPDATE = {"update_id": 7, "message": {"message_id": 1, "text": "hello"}}


class Telegram:
    """Calls a webhook, and notes what it took in."""

    def __init__(self, *, fails: Exception | None = None, patience: float = 5.0) -> None:
        self.taken: list[Mapping[str, Any]] = []
        self.read = 0
        self._fails = fails
        self._webhook = Webhook(
            secret=SECRET, take_in=self._take_in, metrics=Metrics(), patience=patience
        )

    async def _take_in(self, update: Mapping[str, Any]) -> None:
        if self._fails:
            raise self._fails
        if not isinstance(update.get("update_id"), int):
            raise NotAnUpdateError
        self.taken.append(update)

    async def posts(
        self,
        *pieces: bytes,
        headers: Sequence[tuple[bytes, bytes]] = ((NAME, SECRET.encode()),),
        method: str = "POST",
        hangs_up: bool = False,
        stalls: bool = False,
    ) -> Answer | None:
        """Post a body in pieces."""
        waiting = list(pieces or (json.dumps(UPDATE).encode(),))

        async def receive() -> Mapping[str, Any]:
            if hangs_up:
                return {"type": "http.disconnect"}
            if stalls:
                await asyncio.Event().wait()
            piece = waiting.pop(0)
            self.read += len(piece)
            return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

        return await self._webhook({"method": method, "headers": list(headers)}, receive)


def forged(chance: random.Random) -> Sequence[tuple[bytes, bytes]]:
    """Headers of somebody who does not know the secret."""
    right = SECRET.encode()
    at = chance.randrange(len(right))
    wrong = chance.choice(
        [
            b"",
            right[:at],
            right + bytes([chance.randrange(256)]),
            b" " + right,
            right + b" ",
            right.swapcase(),
            right[:at] + bytes([right[at] ^ (1 << chance.randrange(8))]) + right[at + 1 :],
            bytes(chance.randrange(256) for _ in right),
            "š".encode() + right,
            right * 2,
        ]
    )
    return chance.choice(
        [
            [(NAME, wrong)],
            [],
            [(NAME, right), (NAME, right)],
            [(NAME, wrong), (NAME, right)],
            [(b"authorization", right)],
            [(NAME + b"-", right)],
        ]
    )


async def test_whoever_forges_is_sent_away_unread() -> None:
    """10,000 times somebody without the secret posts an update; nobody reads a byte of it."""
    telegram, chance = Telegram(), random.Random(20261128)

    answers = [await telegram.posts(headers=forged(chance)) for _ in range(10_000)]

    assert set(map(repr, answers)) == {repr(Answer(401, is_last=True))}
    assert (telegram.taken, telegram.read) == ([], 0)


def garbage(chance: random.Random) -> bytes:
    """What is no update, or one of a shape that nobody thought of."""
    whole = json.dumps(UPDATE).encode()
    at = chance.randrange(len(whole))
    return chance.choice(
        [
            b"",
            whole[:at],
            whole[:at] + bytes([chance.randrange(256)]) + whole[at + 1 :],
            bytes(chance.randrange(256) for _ in range(at)),
            chance.choice([b"[]", b"null", b"1e999", b'"x"', b"true", b"{}", b"NaN", b"\xff\xfe"]),
            b"[" * chance.choice([10, 100_000]),
            b'{"update_id":' + chance.choice([b"1.5", b'"7"', b"null", b"1e999", b"[7]"]) + b"}",
            b'{"update_id":7,"update_id":' + str(chance.randrange(9)).encode() + b"}",
            b'{"update_id":7,"message":' + chance.choice([b"null", b"[]", b"7", b'"x"']) + b"}",
        ]
    )


async def test_garbage_is_refused_and_nothing_is_broken_by_it() -> None:
    """5,000 bodies that make no sense: never a failure of ours, and never a word in return."""
    telegram, chance = Telegram(), random.Random(20261128)

    answers = [await telegram.posts(garbage(chance)) for _ in range(5_000)]

    assert {answer and (answer.status, answer.body) for answer in answers} == {
        (200, b""),
        (400, b""),
    }
    assert len(telegram.taken) == sum(answer == Answer(200) for answer in answers)


async def test_what_is_committed_is_confirmed() -> None:
    """Telegram hears 200, with nothing that it could carry out, when the update is kept."""
    telegram = Telegram()

    assert await telegram.posts() == Answer(200)
    assert telegram.taken == [UPDATE]


@pytest.mark.parametrize("fails", [BusyError("locked"), RuntimeError("a bug")])
async def test_what_is_not_committed_comes_again(fails: Exception) -> None:
    """The database is away: Telegram keeps the update, and is told when to come again."""
    answer = await Telegram(fails=fails).posts()

    assert answer == Answer(503, headers={"Retry-After": "2"})


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"method": "GET"}, 405),
        ({"stalls": True}, 408),
        ({"headers": [(NAME, SECRET.encode()), (b"content-length", b"1048577")]}, 413),
        ({"headers": [(NAME, SECRET.encode()), (b"content-length", b"many")]}, 413),
    ],
    ids=["another method", "a body that does not come", "a long body", "a senseless length"],
)
async def test_what_is_never_taken(asked: dict[str, Any], status: int) -> None:
    """Whatever else comes on the connection is not read."""
    telegram = Telegram(patience=0.05)

    answer = await telegram.posts(**asked)

    assert answer is not None
    assert (answer.status, answer.body, answer.is_last) == (status, b"", True)
    assert telegram.taken == []


async def test_a_body_in_pieces_has_an_end() -> None:
    """No length was told, and more comes than Telegram ever sends: it is not read to the end."""
    telegram = Telegram()

    answer = await telegram.posts(*[b"a" * 65_536] * 100)

    assert answer == Answer(413, is_last=True)
    assert telegram.read <= LONGEST + 65_536


async def test_who_hangs_up_gets_no_answer() -> None:
    """Telegram comes again; nothing was taken in."""
    telegram = Telegram()

    assert await telegram.posts(hangs_up=True) is None
    assert telegram.taken == []


def test_the_path_is_nobodys_to_guess_and_tells_nothing() -> None:
    """Every process has the same, and a proxy that logs it does not log the secret."""
    path = webhook_path(SECRET)

    assert path == webhook_path(SECRET) != webhook_path(SECRET + "x")
    assert path.startswith("/telegram/")
    assert len(path) == len("/telegram/") + 32
    assert SECRET not in path
