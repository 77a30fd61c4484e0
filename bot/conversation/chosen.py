"""What people and groups chose, remembered for half a minute: it is needed with every update."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar, cast

from bot.clock import Clock
from bot.conversation.peers import Peers
from bot.conversation.phrases import closest
from bot.conversation.settings import (
    Choices,
    GroupChoices,
    choices_of,
    choices_of_group,
    interpreted_at,
    translation_at,
)
from bot.conversation.surface import Address
from bot.conversation.translation_choices import GroupTranslation, Pair
from bot.storage import JSON, StorageError, Store

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

#: Seconds after which a choice is read again: another process may have changed it.
_READ_AGAIN_AFTER = 30.0
#: People and groups that are remembered. Who was quiet longest is forgotten first.
_REMEMBERED = 10_000


class _Lately(Generic[K, T]):
    """What was read lately, by whose it is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read: OrderedDict[K, tuple[float, T]] = OrderedDict()

    def get(self, whose: K) -> T | None:
        at, found = self._read.get(whose, (0.0, None))
        is_fresh = self._clock.monotonic() - at <= _READ_AGAIN_AFTER
        return found if is_fresh else None

    def keep(self, whose: K, found: T) -> T:
        self._read.pop(whose, None)
        self._read[whose] = (self._clock.monotonic(), found)
        if len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)
        return found

    def forget(self, whose: K) -> None:
        self._read.pop(whose, None)

    def forget_all(self, is_meant: Callable[[K], bool]) -> None:
        for whose in [each for each in self._read if is_meant(each)]:
            self.forget(whose)


class Chosen:
    """Choices that are needed with every update, also with those that are not for the bot.

    They are remembered for half a minute, so that a busy group costs no statement for each of its
    messages. What was changed holds at once, because the other processes are told; after half a
    minute also in one that did not hear it. Where the database cannot be asked it is as if nothing
    was chosen.
    """

    def __init__(self, store: Store, clock: Clock, peers: Peers) -> None:
        self._store = store
        self._peers = peers
        peers.on("chosen", self._forget)
        self._people: _Lately[int, Choices] = _Lately(clock)
        self._groups: _Lately[int, GroupChoices] = _Lately(clock)
        self._translations: _Lately[Address, GroupTranslation] = _Lately(clock)
        # Empty where nothing is interpreted.
        self._interpreted: _Lately[Address, Pair | tuple[()]] = _Lately(clock)

    async def language_of(self, user: int, told: str | None) -> str:
        """What to speak with this person; `told` is what their app says."""
        try:
            chosen = await self.of(user)
        except StorageError as error:
            log.warning("choices not read", extra={"error": type(error).__name__})
            return closest(told)
        return chosen.language or closest(told)

    async def of(self, user: int) -> Choices:
        """What this person chose. Raises `StorageError`."""
        chosen = self._people.get(user)
        if chosen is None:
            async with self._store.read() as tx:
                chosen = self._people.keep(user, await choices_of(user, tx))
        return chosen

    async def translation_at(self, address: Address) -> GroupTranslation:
        """What is translated by itself in this place. Raises `StorageError`."""
        chosen = self._translations.get(address)
        if chosen is None:
            async with self._store.read() as tx:
                found = await translation_at(address, tx)
            chosen = self._translations.keep(address, found)
        return chosen

    async def interpreted_at(self, address: Address) -> Pair | None:
        """Between which tongues voice notes are interpreted here. Raises `StorageError`."""
        chosen = self._interpreted.get(address)
        if chosen is None:
            async with self._store.read() as tx:
                found = await interpreted_at(address, tx)
            chosen = self._interpreted.keep(address, found or ())
        return chosen or None

    async def is_open_to_all(self, group: int) -> bool:
        """Whether every message in this group is answered, and not only those that call the bot."""
        return (await self.of_group(group)).listening == "everything"

    async def is_decided_by_all(self, group: int) -> bool:
        """Whether everybody in this group chooses for it, and not only its admins."""
        return (await self.of_group(group)).deciding == "everybody"

    async def of_group(self, group: int) -> GroupChoices:
        """What was chosen for this group. Raises `StorageError`."""
        chosen = self._groups.get(group)
        if chosen is None:
            async with self._store.read() as tx:
                chosen = self._groups.keep(group, await choices_of_group(group, tx))
        return chosen

    async def forget(self, number: int) -> None:
        """A person or a group has chosen: what was read before holds no longer, wherever it was."""
        self._forget(number)
        await self._peers.tell("chosen", number)

    def _forget(self, number: JSON) -> JSON:
        self._people.forget(cast("int", number))
        self._groups.forget(cast("int", number))
        for remembered in (self._translations, self._interpreted):
            remembered.forget_all(lambda address: address.chat == number)
        return None
