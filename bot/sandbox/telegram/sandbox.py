"""The sandbox in Python: a running Telegram, and the handle to drive it by."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from bot.sandbox.server import serve
from bot.sandbox.telegram.app import BotApi, obey
from bot.sandbox.telegram.behaviours import Armed
from bot.sandbox.telegram.cast import Cast
from bot.sandbox.telegram.changes import MAILBOX, Changes
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.control import controls
from bot.sandbox.telegram.groups import Bot, Group
from bot.sandbox.telegram.limits import Flood, Mode
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from bot.sandbox.telegram.traces import Call, Violation
from bot.sandbox.telegram.updates import Updates
from bot.sandbox.telegram.witness import Witness
from bot.sandbox.telegram.world import Clock, User, Version, World, utc_now

#: The token a bot uses here unless told otherwise. It opens nothing anywhere else.
TOKEN = "7000000001:sandbox-token-for-offline-use-only"  # noqa: S105  # Public, and good for nothing.


class TelegramSandbox:
    """Telegram on loopback, with one bot, for the length of an `async with` block.

    `limits` are flood limits, `strict` or `off`. With `privacy` the bot sees in groups only what is
    meant for it. Without `tells_of_founding` it was in its groups for long, and hears only of those
    it is added to. With `private_topics` private chats have topics. `retry_pace` is how long the
    pauses of a webhook's retries are, next to Telegram's own. Lives and limits go by the `clock`;
    what a call waits for is waited for in real time. The same `seed` gives the same update ids. A
    bot that knew another sandbox before takes nothing for what it has seen there if messages and
    updates are numbered `after` those. The `witness` is told what happens.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = TOKEN,
        username: str = "ondemand_sandbox_bot",
        privacy: bool = True,
        private_topics: bool = False,
        tells_of_founding: bool = True,
        limits: Mode = "strict",
        retry_pace: float = 1.0,
        clock: Clock = utc_now,
        seed: int = 1,
        after: int = 0,
        witness: Witness | None = None,
    ) -> None:
        changes, witness = Changes(), witness or Witness()
        user = User(int(token.partition(":")[0]), "OnDemand", username, is_bot=True)
        self._port = port
        self._cloud = Cloud(
            clock=clock,
            token=token,
            world=World(user, after),
            updates=Updates(clock, changes, seed=seed, after=after, witness=witness),
            changes=changes,
            flood=Flood(clock, limits),
            obey=self._obey,
            privacy=privacy,
            private_topics=private_topics,
            witness=witness,
            retry_pace=retry_pace,
        )
        self._cast = Cast(self._cloud, tells_of_founding)
        self._stack = AsyncExitStack()
        #: What the bot has to say who it is.
        self.token = token
        #: The bot, to be added to groups.
        self.bot = self._cast.bot
        #: Where the Bot API answers; known inside the block.
        self.url = ""

    async def __aenter__(self) -> Self:
        app = BotApi(self._cloud, controls(self._cast))
        self.url = await self._stack.enter_async_context(serve(app, port=self._port))
        self._stack.push_async_callback(self._close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # Who takes part.

    def person(
        self,
        name: str,
        *,
        language: str | None = "en",
        username: str | None = None,
        forbids_voice: bool = False,
    ) -> Person:
        """Let somebody in. The bot cannot write to them before they have written to it."""
        return self._cast.person(
            name, language=language, username=username, forbids_voice=forbids_voice
        )

    def group(
        self,
        title: str,
        owner: Person,
        *others: Person | Bot,
        supergroup: bool = True,
        forum: bool = False,
    ) -> Group:
        """Found a group; only who is named is in it. The bot is named as `telegram.bot`."""
        return self._cast.group(title, owner, *others, supergroup=supergroup, forum=forum)

    # What Telegram does.

    def will(
        self,
        behaviour: str,
        *,
        method: str | None = None,
        chat: int | None = None,
        times: int | None = None,
        **parameters: Any,
    ) -> Armed:
        """Arm a behaviour for the next `times` calls it fits, or until `behave` clears it.

        Raises `ValueError` for a behaviour, a method or a parameter that does not exist.
        """
        return self._cloud.board.arm(behaviour, method=method, chat=chat, times=times, **parameters)

    def behave(self, behaviour: str | None = None) -> None:
        """Disarm one behaviour, or everything."""
        self._cloud.board.clear(behaviour)

    def limit(self, mode: Mode) -> None:
        """Switch flood control."""
        self._cloud.flood.mode = mode

    def inject(self, update: Mapping[str, Any]) -> int:
        """Send the bot anything at all as an update, and return its id.

        It gets the next id unless it brings one. It is delivered whatever the bot has confirmed.
        """
        return self._cloud.updates.inject(update)

    def redeliver(self, update_id: int) -> None:
        """Send the bot an update again. Raises `KeyError` for one that never was."""
        self._cloud.updates.redeliver(update_id)

    # What was seen of the bot.

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the calls so far, of one method or of all, oldest first; never the token."""
        return [call for call in self._cloud.calls if method in (None, call.method)]

    def violations(self, kind: str | None = None) -> list[Violation]:
        """Return what the bot did that Telegram refuses, punishes or ignores, oldest first."""
        return [one for one in self._cloud.violations if kind in (None, one.kind)]

    def history(self, message: Read) -> list[Version]:
        """Return every version of a message, oldest first, deleted ones too."""
        chat = self._cloud.world.chats[message.chat]
        known = [chat.messages.get(message.id), *self._cloud.posted]
        for one in known:
            if one and one.chat is chat and one.id == message.id:
                return list(one.versions)
        raise KeyError(message.id)

    def updates(self) -> list[dict[str, Any]]:
        """Return the updates there were, confirmed or not, oldest first."""
        return self._cloud.updates.so_far()

    def pending(self) -> int:
        """Return how many updates the bot has not confirmed."""
        self._cloud.updates.expire()
        return len(self._cloud.updates.pending)

    async def settled(self, *, timeout: float = 10.0) -> bool:  # noqa: ASYNC109  # It is the point.
        """Wait until the bot has confirmed every update; False if it has not in time."""
        changes = self._cloud.changes
        is_empty = await changes.until(
            lambda: not self.pending() or None, timeout, lambda: (MAILBOX,)
        )
        return bool(is_empty)

    async def _obey(self, method: str, values: Mapping[str, Any]) -> None:
        await obey(self._cloud, method, values)

    async def _close(self) -> None:
        # A poll that waits would hold up the end of the server.
        self._cloud.updates.close()
        if self._cloud.last_webhook:
            await self._cloud.last_webhook.close()
