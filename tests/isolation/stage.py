"""Three chats of five people, and the watch over what anybody comes upon there.

After each step everything is looked at that the bot told Telegram and OnDemand in it: each word
must have been said in a room that lets in whoever acted, and that is in the place it was told in.
"""

from collections import Counter
from collections.abc import Reversible, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final, Protocol, TypeVar

from bot.sandbox.ondemand.assistant import Assistant
from bot.sandbox.ondemand.company import Call as OnDemandCall
from bot.sandbox.ondemand.dialects import Answer
from bot.sandbox.ondemand.mind import Question
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read, sees
from bot.sandbox.telegram.traces import Call
from bot.sandbox.telegram.world import Message
from tests.isolation.canaries import ANYWHERE, Canaries, Place, Room, words_in
from tests.isolation.world import World

#: What the chats are called here that several people are in.
GROUP, FORUM = "group", "forum"

#: Operations about a session, whose path names it.
_IN_A_SESSION: Final = frozenset({"get_session", "submit_query", "list_messages", "get_message"})


class Parrot(Assistant):
    """An assistant that repeats every word it ever came upon in a session."""

    def answer(self, question: Question) -> Answer:
        """Say all the words of the question, of what was said before it, and of the files."""
        heard = [question.text]
        heard += [f"{each.query} {each.answer}" for each in question.history]
        heard += [f"{file.name} {file.text}" for file in question.files]
        return Answer(" ".join(["I know", *sorted(words_in(heard))]))


@dataclass(slots=True)
class Tally:
    """What was done in all runs together."""

    runs: int = 0
    words: int = 0
    questions: int = 0
    presses: int = 0
    files: int = 0
    histories: int = 0
    deletions: int = 0

    def count(self, stage: "Stage") -> None:
        """Add what was done in a run."""
        operations = Counter(call.operation for call in stage.world.company.calls)
        self.runs += 1
        self.words += len(stage.canaries)
        self.presses += len(stage.pressed)
        self.questions += operations["submit_query"]
        self.files += operations["upload_media"]
        self.histories += operations["list_messages"]
        self.deletions += operations["delete_session"]

    def __str__(self) -> str:
        return (
            f"{self.runs} runs: {self.words} words said, {self.questions} questions answered, "
            f"{self.presses} buttons pressed, {self.files} files read, {self.histories} histories "
            f"told, {self.deletions} conversations deleted; 0 foreign words"
        )


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did somewhere, and the rooms in which it is heard."""

    person: Person
    place: Place
    rooms: tuple[Room, ...]
    #: The words it is about, which stand before them: they may have those read to them.
    before_them: frozenset[str] = frozenset()

    @property
    def owners(self) -> set[str]:
        """To whom a session may belong in which this is done."""
        own = str(self.person.id)
        return {own if room.owner else room.place.chat for room in self.rooms}


@dataclass(slots=True)
class Stage:
    """The chats, and what the watch remembers of them."""

    world: World
    people: Sequence[Person]
    group: Group
    forum: Group
    #: The topic that a chat has besides its main one.
    topics: dict[str, int]
    canaries: Canaries = field(default_factory=Canaries)
    #: The groups in which each member has a memory of their own.
    apart: set[str] = field(default_factory=set)
    #: The rooms of questions and answers.
    rooms: dict[Message, Room] = field(default_factory=dict)
    #: The commands by which menus were opened, and whether memory was apart then.
    menus: dict[Message, tuple[str, bool]] = field(default_factory=dict)
    #: What buttons ever carried, each once.
    data: dict[str, None] = field(default_factory=dict)
    #: What files held.
    files: list[bytes] = field(default_factory=list)
    #: Where each button was pressed.
    pressed: dict[str, Place] = field(default_factory=dict)
    #: The place that each session and each file at OnDemand belongs to.
    homes: dict[str, Place] = field(default_factory=dict)
    #: Who it is that OnDemand knows by a name.
    names: dict[str, str] = field(default_factory=dict)
    #: How far the watch has looked.
    _told_telegram: int = 0
    _told_ondemand: int = 0
    _posted: int = 0

    # Who is where.

    def group_of(self, place: Place) -> Group | None:
        """The group of a place; `None` in private."""
        return {GROUP: self.group, FORUM: self.forum}.get(place.chat)

    def place(self, chat: int, topic: int | None) -> Place:
        """The place of a chat that has this number, or had it before it moved."""
        known = (name for name in (GROUP, FORUM) if chat in self._ids(name))
        return Place(next(known, str(chat)), topic or 0)

    def place_of(self, message: Message) -> Place:
        """Where a message is."""
        return self.place(message.chat.id, message.topic)

    def places(self, person: Person) -> list[Place]:
        """Where this person can be."""
        chats = [str(person.id), *(n for n in (GROUP, FORUM) if self.is_inside(person, n))]
        topics = [Place(name, self.topics[name]) for name in chats if name in self.topics]
        return [*map(Place, chats), *topics]

    def is_inside(self, person: Person, chat: str) -> bool:
        """Whether this person is in a group."""
        group = self.group_of(Place(chat))
        return group is not None and sees(self.world.cloud, person.user, group.chat)

    def room(self, person: Person, place: Place) -> Room:
        """The room that this person talks in there: with all others, or alone."""
        return Room(place, person.id if place.chat in self.apart else None)

    def rooms_of(self, person: Person, place: Place, to: Message | None) -> tuple[Room, ...]:
        """Where what they say is heard, as a reply to this: its room, and the one they talk in.

        The first one may be gone, or not for them.
        """
        now = self.room(person, place)
        room = self.rooms.get(to) if to is not None and self.is_bots(to) else None
        return (room, now) if room is not None and room.lets_in(person.id, place) else (now,)

    def rooms_of_menu(self, person: Person, place: Place, to: Message | None) -> tuple[Room, ...]:
        """Where words are heard that a menu asked for."""
        command, was_apart = self.menus.get(to, ("", False)) if to is not None else ("", False)
        match command:
            case "plugins":  # The name of a set, which is known in the whole chat.
                return (Room(Place(place.chat, ANYWHERE)),)
            case "chats":  # Words to search for, or a title.
                is_alone = was_apart and place.chat in self.apart
                return (Room(place, person.id), *(() if is_alone else (Room(place),)))
        return ()

    # What stands there.

    def is_bots(self, message: Message) -> bool:
        """Whether the bot wrote this."""
        return message.sender is self.world.cloud.bot

    def in_sight(self, person: Person) -> list[Message]:
        """What stands in the chats of a person, what changed last first."""
        chats = [*filter(None, (self.group_of(place) for place in self.places(person)))]
        there = [person.chat, *{group.id: group.chat for group in chats}.values()]
        messages = [m for chat in there for m in chat.messages.values() if not m.is_service]
        return sorted(messages, key=lambda message: message.changed, reverse=True)

    def questions(self) -> list[Message]:
        """What people asked and can still change, the newest first."""
        return [
            message
            for message in reversed(self.rooms)
            if not self.is_bots(message)
            and not message.chat.migrated_to
            and (message.chat.is_private or message.chat.member(message.sender).is_inside)
        ]

    def sender_of(self, question: Message) -> Person:
        """Who asked this."""
        (person,) = [each for each in self.people if each.user is question.sender]
        return person

    def message(self, read: Read) -> Message:
        """The message that somebody sees."""
        return self.world.cloud.world.chats[read.chat].messages[read.id]

    def words_of(self, message: Message) -> frozenset[str]:
        """What a message tells: its words, and its file."""
        content: Any = message.content
        told: list[object] = [content.get("text"), content.get("caption")]
        if "document" in content:
            file = self.world.cloud.files.by_id[content["document"]["file_id"]]
            told += [file.name, file.content]
        return frozenset(words_in(told))

    def _ids(self, name: str) -> set[int]:
        group = self.group_of(Place(name))
        return group.ids if group else set()

    # What was done, and what came of it.

    def take_note(self, deeds: Sequence[Deed], *, opened: tuple[str, bool] | None) -> None:
        """Remember what the new messages of the bot are: menus of a command, or answers."""
        cloud = self.world.cloud
        for message in cloud.posted[self._posted :]:
            place = self.place_of(message)
            here = [deed.rooms[0] for deed in deeds if deed.place == place]
            if opened is not None and buttons_of(message):
                self.menus[message] = opened
            elif message.reply_to in self.rooms:
                self.rooms[message] = self.rooms[message.reply_to]
            elif here:
                self.rooms[message] = here[0]
        self._posted = len(cloud.posted)
        for message in cloud.posted[-20:]:
            self.data.update(dict.fromkeys(buttons_of(message).values()))

    async def watch(self, deeds: Sequence[Deed]) -> None:
        """See that nobody came upon a word that is not for them, nor OnDemand in a wrong session.

        Raises `AssertionError`.
        """
        cloud, company = self.world.cloud, self.world.company
        for call in _since(cloud.calls, self._told_telegram):
            self._told_telegram = call.number
            self._watch_telegram(call, deeds)
        if any(session.external_user not in self.names for session in company.sessions.values()):
            await self._learn_names()
        for request in _since(company.calls, self._told_ondemand):
            self._told_ondemand = request.number
            self._watch_ondemand(request, deeds)
        for media in company.media.values():
            if media.id not in self.homes:
                self._watch_session(media.session, [media.name, media.text], deeds)
                self.homes[media.id] = self.homes[media.session]

    async def _learn_names(self) -> None:
        """Read what people and groups are called at OnDemand; nobody else may know it."""
        async with self.world.services.store.read() as tx:
            for person in self.people:
                if user := await tx.users.find(person.id):
                    self.names[user.external_id] = str(person.id)
            for name in (GROUP, FORUM):
                for number in self._ids(name):
                    if chat := await tx.chats.find(number):
                        self.names[chat.external_id] = name

    def _watch_telegram(self, call: Call, deeds: Sequence[Deed]) -> None:
        place = self._place_told(call)
        if place is None:
            return
        foreign = self.canaries.foreign(call.parameters, None, place)
        for deed in deeds:
            # What is asked for in a group may be told to whoever asked in private.
            if place in {deed.place, Place(str(deed.person.id))}:
                foreign &= self._foreign_to(deed, call.parameters)
        assert not foreign, f"{call.method} in {place} after {deeds}: {foreign}"

    def _place_told(self, call: Call) -> Place | None:
        """Where people see what a call brings; `None` for one that shows nothing."""
        told = call.parameters
        if call.method == "answerCallbackQuery":
            return self.pressed[told["callback_query_id"]]
        if "chat_id" not in told:
            return None
        chat = self.world.cloud.world.chats[int(told["chat_id"])]
        message = chat.messages.get(int(told.get("message_id", 0)))
        topic = message.topic if message else int(told.get("message_thread_id", 0))
        return self.place(chat.id, topic)

    def _foreign_to(self, deed: Deed, told: object) -> set[str]:
        """The words in what was told that whoever did this may not come upon."""
        return self.canaries.foreign(told, deed.person.id, deed.place) - deed.before_them

    def _watch_ondemand(self, call: OnDemandCall, deeds: Sequence[Deed]) -> None:
        session = call.path.split("/sessions/")[-1].split("/")[0]
        if call.operation in _IN_A_SESSION:
            self._watch_session(session, call.body, deeds)
        elif call.operation == "delete_session" and deeds:
            home = self.homes.get(session)
            assert home in {None, *(deed.place for deed in deeds)}, f"{home} deleted by {deeds}"

    def _watch_session(self, number: str, told: object, deeds: Sequence[Deed]) -> None:
        """A session belongs to one place and one owner, and is told what is for both of them."""
        session = self.world.company.sessions.get(number)
        if session is None:
            return  # It was deleted, and nothing was told any more.
        home, owner = self.homes.get(number), self.names.get(session.external_user)
        fitting = [
            deed
            for deed in deeds
            if home in {None, deed.place}
            and owner in deed.owners
            and not self._foreign_to(deed, told)
        ]
        what = f"a session of {owner} in {home} was told {words_in(told)} by {deeds}"
        assert fitting, what
        self.homes[number] = fitting[0].place


def buttons_of(message: Message) -> dict[str, str]:
    """What the buttons under a message carry, by their labels.

    Those that have something spoken are left out: there is nobody here who could.
    """
    rows = message.keyboard["inline_keyboard"] if message.keyboard else ()
    return {
        button["text"]: button["callback_data"]
        for row in rows
        for button in row
        if "callback_data" in button and not button["text"].startswith("🔊")
    }


class _Numbered(Protocol):
    number: int


Numbered = TypeVar("Numbered", bound=_Numbered)


def _since(calls: Reversible[Numbered], number: int) -> list[Numbered]:
    """Those that came after the one of this number."""
    return [*takewhile(lambda call: call.number > number, reversed(calls))][::-1]
