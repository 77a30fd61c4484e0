"""Five people talk, press and meddle, as Hypothesis has them."""

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.conversation.phrases import say
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.traces import Press
from bot.sandbox.telegram.world import Message
from bot.storage import Store
from bot.upkeep import tidy
from tests.isolation.canaries import Place, Room, words_in
from tests.isolation.stage import FORUM, GROUP, Deed, Parrot, Stage, Tally, buttons_of
from tests.isolation.world import LeapingLoop, open_world

#: Steps of a run.
STEPS: Final = 50

#: How a question begins in a group: to the bot, or to the others.
ASKING: Final = st.sampled_from(["/ask ", "@ondemand_sandbox_bot ", ""])

#: What is on unless somebody chose otherwise.
_PLUGINS: Final = ["plugin-1713924030"]

#: One of the five; one of what there is, the newest first.
PERSON: Final = st.integers(0, 4)
PICK: Final = st.integers(0, 11)


class Talk(RuleBasedStateMachine):
    """One run: everybody does what comes to their mind, in three chats with two topics."""

    def __init__(self, runner: asyncio.Runner, store: Store, tally: Tally) -> None:
        super().__init__()
        self._runner = runner
        self._tally = tally
        self._open = AsyncExitStack()
        #: The command of this step; the choice made in it, if it was let be made.
        self._opened: tuple[str, bool] | None = None
        self._choosing: tuple[Press, str, bool] | None = None
        self._stage = runner.run(self._begin(store))

    async def _begin(self, store: Store) -> Stage:
        world, people = await self._open.enter_async_context(
            open_world(store, ondemand_plugin_ids=_PLUGINS)
        )
        world.company.assistant = Parrot()
        bot = world.telegram.bot
        group = world.telegram.group("Trip", *people, bot, supergroup=False)
        forum = world.telegram.group("House", *people, bot, forum=True)
        # Numbers of messages are those of a chat; here many are the same in several.
        forum.chat.next_message = itertools.count(101)
        await forum.promote(bot)
        topics = {FORUM: await forum.open_topic("Garden")}
        for person in people:
            topics[str(person.id)] = await person.opens_topic("Work")
        world.news.clear()  # Of that nothing follows.
        return Stage(world, people, group, forum, topics)

    def teardown(self) -> None:
        """Count what was done, and close what was opened. Nothing was given up."""
        self._tally.count(self._stage)
        self._runner.run(self._end())

    async def _end(self) -> None:
        async with self._open, self._stage.world.house.store.read() as tx:
            unsettled = await tx.inbox.unsettled()
        assert unsettled == []

    # What people say.

    @rule(who=PERSON, where=PICK, how=ASKING)
    def says(self, who: int, where: int, how: str) -> None:
        """Say something: in a group to the bot, or to the others."""
        self._do(self._say(*self._somebody(who, where), how))

    @rule(who=PERSON, where=PICK, other=PERSON, there=PICK)
    def two_ask_at_once(self, who: int, where: int, other: int, there: int) -> None:
        """Two people ask at the same moment."""
        both = [self._somebody(who, where), self._somebody(other, there)]
        self._do(*(self._say(person, place, "/ask ") for person, place in both))

    @precondition(lambda self: self._stage.rooms)
    @rule(who=PERSON, which=PICK, how=ASKING, is_elsewhere=st.booleans())
    def replies(self, who: int, which: int, how: str, is_elsewhere: bool) -> None:
        """Reply to something, old or new, by the bot or by a person; or so from another topic."""
        person = self._stage.people[who]
        if there := self._stage.in_sight(person):
            to = there[which % len(there)]
            place = self._stage.place_of(to)
            other = Place(place.chat, self._stage.topics.get(place.chat, 0))
            if is_elsewhere and not place.topic and to not in self._stage.menus:
                place = other
            self._do(self._say(person, place, how, to=to))

    @precondition(lambda self: self._stage.questions())
    @rule(which=PICK)
    def edits(self, which: int) -> None:
        """Somebody changes what they have asked."""
        questions = self._stage.questions()
        self._do(self._edit(questions[which % len(questions)]))

    async def _say(
        self, person: Person, place: Place, how: str, *, to: Message | None = None
    ) -> Deed:
        stage = self._stage
        rooms = stage.rooms_of(person, place, to)
        words = stage.canaries.new(*rooms, *stage.rooms_of_menu(person, place, to))
        if to is not None and to.sender is not stage.world.cloud.bot:
            stage.canaries.spread(stage.words_of(to), *rooms)
        group = stage.group_of(place)
        said = await person.says(
            f"{how}{words}" if group else words,
            in_=group,
            topic=place.topic or None,
            reply_to=to.id if to else None,
        )
        stage.rooms[stage.message(said)] = rooms[0]
        return Deed(person, place, rooms)

    async def _edit(self, question: Message) -> Deed:
        stage = self._stage
        person, place = stage.sender_of(question), stage.place_of(question)
        rooms = (stage.rooms[question], stage.room(person, place))
        group = stage.group_of(place)
        words = ("/ask " if group else "") + stage.canaries.new(*rooms)
        await person.edits(question.id, words, in_=group)
        return Deed(person, place, rooms)

    # Commands and buttons.

    @rule(
        who=PERSON,
        where=PICK,
        command=st.sampled_from(["new", "chats", "plugins", "settings", "usage", "stop"]),
        with_words=st.booleans(),
    )
    def commands(self, who: int, where: int, command: str, with_words: bool) -> None:
        """Give a command; some take words to search for."""
        self._do(self._command(*self._somebody(who, where), command, with_words=with_words))

    @precondition(lambda self: self._stage.data)
    @rule(who=PERSON, which=PICK, button=PICK)
    def presses(self, who: int, which: int, button: int) -> None:
        """Press a button that stands there, whoever it is meant for."""
        person = self._stage.people[who]
        if there := [each for each in self._stage.in_sight(person) if buttons_of(each)]:
            message = there[which % len(there)]
            data = [*buttons_of(message).values()]
            self._do(self._press(person, message, data[button % len(data)]))

    @precondition(lambda self: self._stage.data)
    @rule(who=PERSON, which=PICK, data=st.integers(0, 500))
    def forges(self, who: int, which: int, data: int) -> None:
        """Press what a button somewhere else carries, or carried once."""
        person, known = self._stage.people[who], [*self._stage.data]
        if there := [each for each in self._stage.in_sight(person) if self._stage.is_bots(each)]:
            message = there[which % len(there)]
            self._do(self._press(person, message, known[-1 - data % len(known)]))

    @rule(chat=st.sampled_from([GROUP, FORUM]), where=PICK, is_apart=st.booleans())
    def chooses_the_memory(self, chat: str, where: int, is_apart: bool) -> None:
        """The owner has the members of a group talk to the assistant together, or each alone."""
        owner = self._stage.people[0]
        places = [place for place in self._stage.places(owner) if place.chat == chat]
        if menu := self._opens(owner, places[where % len(places)], "settings"):
            self._do(self._press(owner, menu, [*buttons_of(menu).values()][int(is_apart)]))

    @precondition(lambda self: self._stage.questions())
    @rule(
        which=PICK,
        listed=PICK,
        button=st.sampled_from(["history", ".md", ".json", "rename", "delete", "open"]),
    )
    def looks_back(self, which: int, listed: int, button: str) -> None:
        """Somebody finds an old conversation, and does something with it."""
        questions = self._stage.questions()
        question = questions[which % len(questions)]
        person, place = self._stage.sender_of(question), self._stage.place_of(question)
        menu = self._opens(person, place, "chats")
        if menu is None:
            return  # All was deleted, or the bot is not here.
        titles = [*buttons_of(menu).values()]
        self._do(self._press(person, menu, titles[listed % len(titles)]))
        label = button if button.startswith(".") else say(f"chats {button}", "en")
        if data := buttons_of(menu).get(label):
            self._do(self._press(person, menu, data))
        if button == "rename":
            self._do(self._say(person, place, "", to=menu))
        elif sure := buttons_of(menu).get(say("chats delete sure", "en")):
            self._do(self._press(person, menu, sure))

    @rule(who=PERSON, where=PICK)
    def keeps_a_set(self, who: int, where: int) -> None:
        """Choose a plugin, and keep what is on under a name."""
        person, place = self._somebody(who, where)
        menu = self._opens(person, place, "plugins")
        if menu is None:
            return  # Only admins may, or the bot is not here.
        first = next(iter(buttons_of(menu)))
        for label in (first, say("plugin sets button", "en"), say("plugin set keep", "en")):
            if data := buttons_of(menu).get(label):
                self._do(self._press(person, menu, data))
        self._do(self._say(person, place, "", to=menu))

    def _opens(self, person: Person, place: Place, command: str) -> Message | None:
        """The menu that this command opens, if the bot is there and shows one with buttons."""
        before = len(self._stage.menus)
        self._do(self._command(person, place, command))
        return [*self._stage.menus][-1] if len(self._stage.menus) > before else None

    async def _command(
        self, person: Person, place: Place, command: str, *, with_words: bool = False
    ) -> Deed:
        stage = self._stage
        shown = Room(place, person.id if command == "chats" else None)
        words = stage.canaries.new(shown) if with_words else ""
        await person.says(
            f"/{command} {words}".strip(), in_=stage.group_of(place), topic=place.topic or None
        )
        self._opened = command, place.chat in stage.apart
        return Deed(person, place, (stage.room(person, place),))

    async def _press(self, person: Person, message: Message, data: str) -> Deed:
        stage = self._stage
        place, room = stage.place_of(message), stage.rooms.get(message)
        press = stage.world.cloud.press(person.user, message, data)
        stage.pressed[press.id] = place
        command, _ = stage.menus.get(message, ("", False))
        choices = [*buttons_of(message).values()][:2]
        if command == "settings" and stage.group_of(place) and data in choices:
            self._choosing = press, place.chat, data == choices[1]
        rooms = [*filter(None, (room, stage.room(person, place)))]
        if command == "chats":
            # It may show what was said when memories were parted, or were not.
            rooms += Room(place), Room(place, person.id)
        return Deed(person, place, tuple(rooms), stage.words_of(message))

    @precondition(lambda self: self._stage.rooms)
    @rule(who=PERSON, which=PICK)
    def translates(self, who: int, which: int) -> None:
        """Have something translated that stands there."""
        person = self._stage.people[who]
        if there := self._stage.in_sight(person):
            self._do(self._translate(person, there[which % len(there)]))

    async def _translate(self, person: Person, message: Message) -> Deed:
        stage = self._stage
        place = stage.place_of(message)
        await person.says(
            "/translate es",
            in_=stage.group_of(place),
            topic=place.topic or None,
            reply_to=message.id,
        )
        return Deed(person, place, (stage.room(person, place),), stage.words_of(message))

    # Files.

    @precondition(lambda self: self._stage.rooms)
    @rule(who=PERSON, which=PICK, pieces=st.integers(1, 2), is_old=st.booleans())
    def sends(self, who: int, which: int, pieces: int, is_old: bool) -> None:
        """Send files as a reply to the bot, perhaps one that somebody sent before."""
        person = self._stage.people[who]
        if there := [each for each in self._stage.in_sight(person) if self._stage.is_bots(each)]:
            self._do(self._send(person, there[which % len(there)], pieces, is_old=is_old))

    async def _send(self, person: Person, to: Message, pieces: int, *, is_old: bool) -> Deed:
        stage = self._stage
        place = stage.place_of(to)
        rooms = stage.rooms_of(person, place, to)
        files: list[dict[str, Any]] = []
        for number in range(pieces):
            content = stage.canaries.new(*rooms).encode()
            if is_old and stage.files:
                content = stage.files[number % len(stage.files)]
                stage.canaries.spread(words_in(content), *rooms)
            stage.files.append(content)
            files.append({"document": content, "file_name": f"{stage.canaries.new(*rooms)}.txt"})
        files[0]["caption"] = stage.canaries.new(*rooms)
        where: dict[str, Any] = {"in_": stage.group_of(place), "topic": place.topic or None}
        if pieces > 1:
            sent, *_ = await person.sends_album(*files, reply_to=to.id, **where)
        else:
            sent = await person.sends(**files[0], reply_to=to.id, **where)
        stage.rooms[stage.message(sent)] = rooms[0]
        return Deed(person, place, rooms)

    # What becomes of chats, and of time.

    @precondition(lambda self: self._stage.group.chat.type == "group")
    @rule(who=PERSON, is_asked=st.booleans())
    def the_group_moves(self, who: int, is_asked: bool) -> None:
        """The group becomes a supergroup, perhaps while somebody asks something there."""
        person = self._stage.people[who]
        move = self._aside(self._stage.group.migrate())
        if is_asked and self._stage.is_inside(person, GROUP):
            self._do(self._say(person, Place(GROUP), "/ask "), move)
        else:
            self._do(move)

    @rule(
        chat=st.sampled_from([GROUP, FORUM]),
        who=st.integers(1, 5),
        what=st.sampled_from(["remove", "promote", "demote"]),
    )
    def comes_or_goes(self, chat: str, who: int, what: str) -> None:
        """The owner throws somebody out, the bot too, or makes them an admin; or has them back."""
        stage = self._stage
        group = stage.group_of(Place(chat))
        somebody = stage.people[who] if who < 5 else stage.world.telegram.bot
        assert group is not None
        is_inside = group.chat.member(somebody.user).is_inside
        self._do(self._aside(getattr(group, what if is_inside else "add")(somebody)))

    @rule(hours=st.sampled_from([2, 49]))
    def time_passes(self, hours: int) -> None:
        """Menus grow old, and the bot tidies up."""
        house, services = self._stage.world.house, self._stage.world.services

        async def pass_and_tidy() -> None:
            await house.clock.sleep(timedelta(hours=hours).total_seconds())
            await tidy(house, services)

        self._do(self._aside(pass_and_tidy()))

    async def _aside(self, work: Coroutine[Any, Any, object]) -> None:
        """Do what nobody says or presses."""
        await work

    # How it is done.

    def _somebody(self, who: int, where: int) -> tuple[Person, Place]:
        person = self._stage.people[who]
        places = self._stage.places(person)
        return person, places[where % len(places)]

    def _do(self, *deeds: Coroutine[Any, Any, Deed | None]) -> None:
        """Do this, let the bot do what follows, and look at all of it."""
        self._runner.run(self._done(deeds))

    async def _done(self, works: Sequence[Coroutine[Any, Any, Deed | None]]) -> None:
        stage = self._stage
        self._opened = self._choosing = None
        deeds = [deed for work in works if (deed := await work)]
        await stage.world.settle()
        stage.take_note(deeds, opened=self._opened)
        if self._choosing is not None:
            press, chat, is_apart = self._choosing
            if press.answer is not None and not press.answer.get("text"):
                (stage.apart.add if is_apart else stage.apart.discard)(chat)
        await stage.watch(deeds)


def play(store: Store, *, runs: int) -> Tally:
    """So many runs, and what was done in them. Raises at the first foreign word."""
    tally = Tally()
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:

        def talk() -> Talk:
            return Talk(runner, store, tally)

        run_state_machine_as_test(
            cast("type[Talk]", talk),  # Whatever makes one will do, says its documentation.
            settings=settings(
                max_examples=runs,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(store.close())
    return tally
