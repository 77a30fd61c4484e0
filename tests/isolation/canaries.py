"""Words that give away where they come from, and who may come upon them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from bot.sandbox.telegram.readers import Upload

_CANARY = re.compile(r"canary\d+x")

#: What is known in every topic of a chat.
ANYWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: a chat, whatever number it has now, and a topic in it."""

    chat: str
    #: Zero outside a topic.
    topic: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """Who hears what is said: everybody in a place, or one person there."""

    place: Place
    #: Whose alone it is; `None` where the place shares it.
    owner: int | None = None

    def lets_in(self, person: int | None, place: Place) -> bool:
        """Whether this person, being there, may hear it; nobody in particular: if it is shared."""
        is_here = self.place.chat == place.chat and self.place.topic in (ANYWHERE, place.topic)
        return is_here and self.owner in (None, person)


@dataclass(slots=True)
class Canaries:
    """All that was said, each word once, and the rooms it was said in."""

    _rooms: defaultdict[str, set[Room]] = field(default_factory=lambda: defaultdict(set))
    _numbers: Any = field(default_factory=lambda: count(1))

    def __len__(self) -> int:
        """How many words were said."""
        return len(self._rooms)

    def new(self, *rooms: Room) -> str:
        """A word that nobody said before, said in these rooms."""
        word = f"canary{next(self._numbers)}x"
        self._rooms[word].update(rooms)
        return word

    def spread(self, words: Iterable[str], *rooms: Room) -> None:
        """Somebody took along to these rooms what they had heard elsewhere."""
        for word in words:
            self._rooms[word].update(rooms)

    def foreign(self, what: object, person: int | None, place: Place) -> set[str]:
        """The words that this person, or nobody in particular, may not come upon in this place."""
        return {
            word
            for word in words_in(what)
            if not any(room.lets_in(person, place) for room in self._rooms[word])
        }


def words_in(what: object) -> set[str]:
    """The canaries in anything: a text, a file, what a call carries."""
    match what:
        case str():
            return set(_CANARY.findall(what))
        case bytes():
            return words_in(what.decode(errors="replace"))
        case Upload():
            return words_in(what.name) | words_in(what.content)
        case Mapping():
            return set().union(*map(words_in, what.values()))
        case list() | tuple():
            return set().union(*map(words_in, what))
    return set()
