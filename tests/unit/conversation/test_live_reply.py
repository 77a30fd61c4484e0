"""A reply that grows: when it shows, what it changes, and what becomes of it when things fail."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from bot.conversation.live_reply import LiveReply, acting, is_worth_showing, pause_between
from bot.conversation.surface import (
    Action,
    Address,
    BarredError,
    Button,
    Keyboard,
    LostError,
    MovedError,
    Part,
    Ref,
    RefusedError,
    SurfaceError,
    ThrottledError,
    UncertainError,
    UnreachableError,
)
from tests.conftest import HandClock

HERE = Address(5)
STOP, AGAIN = ((Button("Stop", "stop"),),), ((Button("Again", "again"),),)


@pytest.mark.parametrize(
    ("text", "status", "seconds", "is_worth"),
    [
        ("", "", 99.0, False),
        ("One", "", 0.0, False),
        ("One", "", 0.9, False),
        ("One", "", 1.0, True),
        ("One. ", "", 0.0, True),
        ("Version 3.", "", 0.0, False),
        ("Really? Yes", "", 0.0, True),
        ("“Quite.” Then", "", 0.0, True),
        ("はい。", "", 0.0, True),
        ("क्या। हाँ", "", 0.0, True),
        ("# A title\n", "", 0.0, True),
        ("  \n ", "", 9.0, False),
        ("", "searching", 2.9, False),
        ("", "searching", 3.0, True),
    ],
)
def test_the_first_glimpse_means_something(
    text: str, status: str, seconds: float, is_worth: bool
) -> None:
    """I am notified of a sentence, of a second's worth of words, or of a long step of work."""
    assert is_worth_showing(text, status, seconds=seconds) is is_worth


@pytest.mark.parametrize(
    ("length", "is_group", "seconds"),
    [(0, False, 1.1), (4000, False, 2.1), (80_000, False, 3.1), (0, True, 3.1), (8000, True, 5.1)],
)
def test_changes_are_slower_in_groups_and_as_the_text_grows(
    length: int, is_group: bool, seconds: float
) -> None:
    """Telegram is left in peace: 1.1 s in private, 3.1 s in groups, more for long texts."""
    assert pause_between(length, is_group=is_group) == pytest.approx(seconds)


@pytest.mark.parametrize(("took", "seconds"), [(0.1, 1.1), (0.5, 2.0), (60.0, 10.0)])
def test_changes_are_slower_where_many_answers_grow_at_once(took: float, seconds: float) -> None:
    """When everybody asks at once, the answers stay in time and show less often."""
    assert pause_between(0, is_group=False, took=took) == pytest.approx(seconds)


@dataclass(frozen=True)
class Words:
    """A part of a text."""

    text: str


@dataclass
class Board:
    """A surface that remembers what stands on it, and fails as it is told."""

    #: What stands there, by number.
    shown: dict[int, tuple[str, Keyboard]] = field(default_factory=dict)
    #: Every call: post, edit or delete, with the words.
    calls: list[tuple[str, str]] = field(default_factory=list)
    #: What the next calls raise; `None` lets one pass.
    failures: list[SurfaceError | None] = field(default_factory=list)
    where: list[int] = field(default_factory=list)
    acted: list[tuple[int, Action]] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    def format(self, markdown: str, *, heard: str = "", is_rich: bool = False) -> Sequence[Part]:
        """A part for every ten characters; one for all of them where it is rich."""
        markdown = heard + markdown
        if is_rich:
            return [Words(f"rich {markdown}")]
        return [Words(markdown[i : i + 10]) for i in range(0, len(markdown), 10)]

    async def post(
        self,
        address: Address,
        part: Part,
        *,
        reply_to: Ref | None = None,
        keyboard: Keyboard = (),
        is_final: bool = True,
        expects_reply: bool = False,
    ) -> Ref:
        """Put it on the board, also when nobody will hear of it."""
        number = len(self.calls) + 1
        failure = self._note("post", part.text)
        if failure is None or isinstance(failure, UncertainError):
            self.shown[number] = (part.text, keyboard)
            self.where.append(address.chat)
        if failure is not None:
            raise failure
        return Ref(address.chat, number)

    async def edit(
        self, ref: Ref, part: Part, *, keyboard: Keyboard = (), is_final: bool = True
    ) -> None:
        """Change what stands there."""
        if failure := self._note("edit", part.text):
            raise failure
        self.shown[ref.message] = (part.text, keyboard)

    async def draft(self, address: Address, number: int, part: Part) -> None:
        """Show it beside the board."""
        if failure := self._note(f"draft {number}", part.text):
            raise failure

    async def delete(self, ref: Ref) -> None:
        """Take it off."""
        self._note("delete", self.shown.pop(ref.message)[0])

    async def act(self, address: Address, action: Action, *, is_new: bool = False) -> bool:
        """Note what we are seen doing."""
        self.acted.append((address.chat, action))
        self.called.set()
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        return True

    def texts(self) -> list[str]:
        """What stands on the board."""
        return [text for text, _ in self.shown.values()]

    def _note(self, what: str, text: str) -> SurfaceError | None:
        self.calls.append((what, text))
        self.called.set()
        return self.failures.pop(0) if self.failures else None


@dataclass
class Memory:
    """What a live reply wants remembered from one attempt to the next."""

    posted: list[Ref] = field(default_factory=list)
    unsure: int = 0
    moved: list[int] = field(default_factory=list)

    async def on_posted(self, refs: Sequence[Ref], unsure: int) -> None:
        """Which messages show it, and how many copies of the next may be there."""
        self.posted, self.unsure = list(refs), unsure

    async def on_moved(self, to: int) -> None:
        """Where the chat is now."""
        self.moved.append(to)


Begin = Callable[..., LiveReply]


@pytest.fixture
def board() -> Board:
    """Where it is shown."""
    return Board()


@pytest.fixture
def memory() -> Memory:
    """What is remembered."""
    return Memory()


@pytest.fixture
def begin(board: Board, memory: Memory, clock: HandClock) -> Begin:
    """Begins an attempt at one and the same reply."""
    return lambda **look: LiveReply(
        surface=board,
        address=HERE,
        reply_to=None,
        keyboard=STOP,
        posted=memory.posted,
        unsure=memory.unsure,
        on_posted=memory.on_posted,
        on_moved=memory.on_moved,
        clock=clock,
        **look,
    )


async def calls(board: Board, number: int) -> None:
    """Wait until so many calls were made."""
    async with asyncio.timeout(5):
        while len(board.calls) < number:
            board.called.clear()
            await board.called.wait()


async def test_it_grows_and_ends_with_the_whole_text(board: Board, begin: Begin) -> None:
    """I see a beginning with Stop below it, then more, then the whole with Again below it."""
    live = begin()
    async with live.growing():
        live.feed("One. ")
        await calls(board, 1)
        live.feed("Two.")
        await calls(board, 2)
    await live.finish("One. Two.", keyboard=AGAIN)

    assert board.calls == [("post", "One. "), ("edit", "One. Two."), ("edit", "One. Two.")]
    assert list(board.shown.values()) == [("One. Two.", AGAIN)]


async def test_a_short_answer_is_said_once(board: Board, begin: Begin) -> None:
    """Nothing is shown before it is worth it: I get one message, and no flicker."""
    live = begin()
    async with live.growing():
        live.feed("Yes")
    await live.finish("Yes", keyboard=AGAIN)

    assert board.calls == [("post", "Yes")]


async def test_what_is_being_done_stands_below_until_more_comes(board: Board, begin: Begin) -> None:
    """I see that a tool is at work, and no more of it once the answer goes on."""
    live = begin()
    async with live.growing():
        live.tell("look")
        await calls(board, 1)
        live.feed("Found. ")
        await calls(board, 2)
    await live.finish("Found. It.")

    assert [text.strip() for _, text in board.calls] == ["_look_", "Found.", "Found. It."]


async def test_what_stands_already_is_not_said_again(board: Board, begin: Begin) -> None:
    """A long answer changes where it changes, and nowhere else."""
    live = begin()
    await live.finish("0123456789abcdefghij", keyboard=AGAIN)
    before = len(board.calls)

    await live.finish("0123456789ABCDEFGHIJ", keyboard=AGAIN)

    assert board.calls[before:] == [("edit", "ABCDEFGHIJ")]


async def test_parts_that_are_no_longer_needed_are_taken_back(
    board: Board, begin: Begin, memory: Memory
) -> None:
    """The new answer is shorter than the old one; nothing of the old one is left."""
    await begin().finish("0123456789abcdefghijKLM")

    await begin().finish("Short.")

    assert board.texts() == ["Short."]
    assert [ref.message for ref in memory.posted] == [1]


async def test_a_glimpse_that_is_throttled_is_left_out(board: Board, begin: Begin) -> None:
    """Told to wait, it stops growing; the whole text comes all the same."""
    board.failures = [ThrottledError(209)]
    live = begin()
    async with live.growing():
        live.feed("One. ")
        await calls(board, 1)
    await live.finish("One. Two.")

    assert board.texts() == ["One. Two."]


async def test_a_draft_grows_and_one_message_takes_its_place(board: Board, begin: Begin) -> None:
    """I chose drafts: I am not notified before the whole answer is there."""
    live = begin(draft=7)
    async with live.growing():
        live.feed("O")
        await calls(board, 1)
        live.feed("ne. Two. Three.")
        await calls(board, board.calls.index(("draft 7", "O")) + 3)
    await live.finish("Short.", keyboard=AGAIN)

    assert board.calls[0] == ("draft 7", "O")
    assert ("draft 7", "Three.") in board.calls  # The end of what does not fit into one.
    assert [call for call in board.calls if "draft" not in call[0]] == [("post", "Short.")]


async def test_a_draft_that_is_throttled_is_left_out(board: Board, begin: Begin) -> None:
    """Told to wait, nothing is posted or changed instead."""
    board.failures = [ThrottledError(30)]
    live = begin(draft=7)
    async with live.growing():
        live.feed("One. ")
        await calls(board, 2)

    assert {what for what, _ in board.calls} == {"draft 7"}


async def test_where_there_are_no_drafts_it_grows_as_a_message(board: Board, begin: Begin) -> None:
    """My server of Telegram is an old one: the answer grows as it always did."""
    board.failures = [RefusedError("no such method")]
    live = begin(draft=7)
    async with live.growing():
        live.feed("One. ")
        await calls(board, 2)
        live.feed("Two.")
        await calls(board, 3)

    assert board.calls == [("draft 7", "One. "), ("post", "One. "), ("edit", "One. Two.")]


@pytest.mark.parametrize(
    ("failures", "texts"),
    [([], ["rich One. Two. Three."]), ([RefusedError("no")], ["One. Two. ", "Three."])],
    ids=["taken", "refused"],
)
async def test_the_whole_answer_is_rich_where_that_is_taken(
    board: Board, begin: Begin, failures: list[SurfaceError | None], texts: list[str]
) -> None:
    """I chose rich answers, and get the same words where mine is refused."""
    board.failures = failures

    await begin(is_rich=True).finish("One. Two. Three.", keyboard=AGAIN)

    assert board.texts() == texts


async def test_a_lost_message_is_replaced(board: Board, begin: Begin) -> None:
    """I deleted the message that grew; the whole answer stands in a new one."""
    board.failures = [None, LostError("gone")]
    live = begin()
    await live.finish("One.")

    await live.finish("Two.")

    assert board.calls == [("post", "One."), ("edit", "Two."), ("post", "Two.")]


async def test_where_nobody_may_be_spoken_to_it_is_known(board: Board, begin: Begin) -> None:
    """I blocked the bot: that is told at once, so that the answer can be ended."""
    board.failures = [BarredError("blocked")]
    live = begin()
    async with live.growing():
        live.feed("One. ")
        async with asyncio.timeout(5):
            await live.barred.wait()

    assert len(board.calls) == 1


@pytest.mark.parametrize(
    ("fates", "copies"),
    [
        ([UncertainError("?")], 2),
        ([UncertainError("?"), UncertainError("?")], 2),
        ([UncertainError("?"), UnreachableError("no"), UncertainError("?")], 2),
        ([UnreachableError("no")] * 4, 1),
    ],
    ids=["once", "twice", "with an outage between", "an outage"],
)
async def test_there_is_never_a_third_copy(
    board: Board, begin: Begin, memory: Memory, fates: list[SurfaceError | None], copies: int
) -> None:
    """Nobody says whether my answer arrived: it is sent once more, and never again."""
    board.failures = fates
    for _ in range(5):
        try:
            await begin().finish("Yes.")
        except SurfaceError:
            continue
        break

    assert board.texts() == ["Yes."] * copies


async def test_it_follows_its_chat(board: Board, begin: Begin, memory: Memory) -> None:
    """The group moves while it is answered: the answer goes on in the new one, from the start."""
    board.failures = [None, MovedError(-100)]
    live = begin()
    async with live.growing():
        live.feed("One. ")
        await calls(board, 1)
        live.feed("Two.")
        await calls(board, 3)
    await live.finish("One. Two.", keyboard=AGAIN)

    assert board.where == [5, -100]
    assert memory.moved == [-100]
    assert memory.posted == [Ref(-100, 3)]
    assert board.shown[3] == ("One. Two.", AGAIN)


async def test_what_is_said_meanwhile_gives_way_to_the_answer(board: Board, begin: Begin) -> None:
    """I hear that my question is kept; the answer stands in the same message."""
    ref = await begin().hold("Kept.")
    second = await begin().hold("Kept.")
    await begin().finish("Yes.")

    assert ref == Ref(5, 1)
    assert second is None
    assert board.calls == [("post", "Kept."), ("edit", "Yes.")]


async def test_we_are_seen_acting_until_it_is_over(board: Board, clock: HandClock) -> None:
    """I see it typing as long as it works, also where the group has moved, and not longer."""
    board.failures = [MovedError(-100)]
    async with acting(board, HERE, "typing", clock), asyncio.timeout(5):
        while len(board.acted) < 3:
            board.called.clear()
            await board.called.wait()
    acted = len(board.acted)
    await asyncio.sleep(0)

    assert board.acted[:3] == [(5, "typing"), (-100, "typing"), (-100, "typing")]
    assert len(board.acted) == acted


async def test_nobody_is_shown_what_they_cannot_see(board: Board, clock: HandClock) -> None:
    """I blocked the bot: it is told once, and does not knock again every four seconds."""
    board.failures = [BarredError("blocked")]
    async with acting(board, HERE, "typing", clock):
        await board.called.wait()
        for _ in range(20):
            await asyncio.sleep(0)

    assert len(board.acted) == 1
