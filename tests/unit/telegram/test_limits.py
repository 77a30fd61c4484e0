"""Who may call Telegram, and when."""

import asyncio
import heapq
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.limits import CHAT, GROUP, Call, Lasting, Limits, Passing, everywhere

ANNA, BEN, FAMILY = 1, 2, -100


class SleepersClock:
    """A clock that stands still while somebody is awake, and then jumps to the next who wakes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        """The moment, by a calendar that began with the test."""
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Seconds since the test began."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has come so far."""
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._numbers), alarm))
        await alarm

    async def reach(self, seconds: float) -> None:
        """Let time pass up to here, waking everybody whose time has come."""
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= seconds:
            self.seconds, _, alarm = heapq.heappop(self._sleepers)
            if not alarm.cancelled():
                alarm.set_result(None)
            await self._settle()
        self.seconds = seconds

    async def _settle(self) -> None:
        """Let everybody do all they can without time passing."""
        for _ in range(2 * len(asyncio.all_tasks()) + 10):
            await asyncio.sleep(0)


@dataclass
class Scene:
    """A bot with its limits, and a record of every call it made."""

    clock: SleepersClock = field(default_factory=SleepersClock)
    #: Seconds, chat, kind and name of each call that was let through.
    made: list[tuple[float, int, Call, object]] = field(default_factory=list)
    limits: Limits = field(init=False)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = Limits(self.clock)

    def ask(self, chat: int, kind: Lasting, name: object = None) -> asyncio.Task[None]:
        """Want to make a call that lasts."""

        async def call() -> None:
            await self.limits.wait(chat, kind)
            self.made.append((self.clock.seconds, chat, kind, name))

        task = asyncio.create_task(call())
        self.tasks.append(task)
        return task

    def try_(self, chat: int, kind: Passing) -> bool:
        """Make a call that passes, if it may be made."""
        if may := self.limits.may(chat, kind):
            self.made.append((self.clock.seconds, chat, kind, None))
        return may

    def times(self, chat: int | None = None) -> list[float]:
        """When calls were made."""
        return [round(at, 3) for at, where, *_ in self.made if chat in (None, where)]

    def names(self) -> list[object]:
        """Which calls were made, in order."""
        return [name for *_, name in self.made]


@pytest.fixture
async def scene() -> Scene:
    """A bot that has not said anything yet."""
    return Scene()


@pytest.mark.parametrize(
    ("chat", "calls", "expected"),
    [
        (ANNA, 1, [0]),
        (ANNA, 3, [0, 0, 0]),
        (ANNA, 7, [0, 0, 0, 3, 3, 3, 6]),
        (FAMILY, 4, [0, 0, 0, 3]),
        (FAMILY, 21, [*[0] * 3, *[3] * 3, *[6] * 3, *[9] * 3, *[12] * 3, *[15] * 3, 18, 18, 60]),
    ],
    ids=["one", "a burst", "one a second", "a burst in a group", "twenty a minute"],
)
async def test_finals_keep_the_pace_of_their_chat(
    scene: Scene, chat: int, calls: int, expected: list[float]
) -> None:
    """A few messages come at once, and many as fast as Telegram allows in this chat."""
    for _ in range(calls):
        scene.ask(chat, Call.FINAL)

    await scene.clock.reach(120)

    assert scene.times() == expected


async def test_all_chats_together_stay_below_thirty_a_second(scene: Scene) -> None:
    """A hundred people are answered in four seconds, and nobody's answer is refused."""
    for chat in range(1, 101):
        scene.ask(chat, Call.FINAL)

    await scene.clock.reach(10)

    assert scene.times() == [0] * 30 + [1] * 30 + [2] * 30 + [3] * 10


async def test_three_processes_share_what_telegram_allows(scene: Scene) -> None:
    """However many processes answer, all of them together call as often as one may."""
    scene.limits.share(3)
    for chat in range(1, 31):
        scene.ask(chat, Call.FINAL)

    await scene.clock.reach(10)

    assert scene.times() == [0] * 10 + [1] * 10 + [2] * 10


async def test_who_may_not_speak_waits_and_leaves_out(scene: Scene) -> None:
    """A process that hung for a while says nothing until it knows that it is still its turn."""
    scene.limits = Limits(scene.clock, may_speak=lambda: scene.clock.seconds >= 5)
    scene.ask(ANNA, Call.FINAL, "answer")
    assert not scene.try_(BEN, Call.EDIT)

    await scene.clock.reach(10)

    assert scene.names() == ["answer"]
    assert 5 <= scene.times()[0] < 6
    assert scene.try_(BEN, Call.EDIT)


async def test_a_final_answer_goes_before_messages_in_its_chat(scene: Scene) -> None:
    """My answer does not wait behind what is less important, which keeps its order."""
    for name in ("a", "b", "c", "d", "e"):
        scene.ask(ANNA, Call.MESSAGE, name)
    await scene.clock.reach(1)
    scene.ask(ANNA, Call.FINAL, "answer")

    await scene.clock.reach(10)

    assert scene.names() == ["a", "b", "c", "answer", "d", "e"]


async def test_a_final_answer_goes_before_a_broadcast(scene: Scene) -> None:
    """I do not wait while the bot tells a thousand others something, nor behind my own copy."""
    for chat in range(1, 1001):
        scene.ask(chat, Call.MESSAGE)
    await scene.clock.reach(0.5)
    scene.ask(900, Call.FINAL, "answer")
    await scene.clock.reach(1)

    assert (0.5, 900, Call.FINAL, "answer") in scene.made

    await scene.clock.reach(60)
    assert len(scene.made) == 1001


async def test_a_group_keeps_room_for_answers(scene: Scene) -> None:
    """Four of the twenty messages a minute are there for answers, whoever talks much."""
    for name in range(17):
        scene.ask(FAMILY, Call.MESSAGE, name)
    await scene.clock.reach(30)
    scene.ask(FAMILY, Call.FINAL, "answer")

    await scene.clock.reach(70)

    assert scene.names() == [*range(16), "answer", 16]
    assert scene.times()[-2:] == [30, 60]


@pytest.mark.parametrize(("chat", "expected"), [(ANNA, [0, 1, 2, 3]), (FAMILY, [0, 3])])
async def test_edits_have_a_pace_of_their_own(
    scene: Scene, chat: int, expected: list[float]
) -> None:
    """An answer grows about once a second, in a group every three, and is never late for it."""
    for tenth in range(40):
        await scene.clock.reach(tenth / 10)
        scene.try_(chat, Call.EDIT)
    scene.ask(chat, Call.FINAL)
    await scene.clock.reach(4)

    assert scene.times() == [*expected, 3.9]


async def test_typing_gives_way_to_edits(scene: Scene) -> None:
    """Where an edit has just shown life, typing is left out; alone it is shown."""
    assert scene.try_(ANNA, Call.TYPING)
    await scene.clock.reach(1)
    assert scene.try_(ANNA, Call.EDIT)
    await scene.clock.reach(3.5)
    assert not scene.try_(ANNA, Call.TYPING)
    await scene.clock.reach(4)
    assert scene.try_(ANNA, Call.TYPING)


async def test_when_calls_run_short_the_lesser_kinds_are_left_out_first(scene: Scene) -> None:
    """In a busy second typing goes first, then edits, then messages; answers have their share."""
    for chat in range(1, 101):
        scene.try_(chat, Call.TYPING)
    for chat in range(101, 201):
        scene.try_(chat, Call.EDIT)
    for chat in range(201, 211):
        scene.ask(chat, Call.MESSAGE)
    await scene.clock.reach(0.5)
    for chat in range(301, 311):
        scene.ask(chat, Call.FINAL)
    await scene.clock.reach(0.9)

    counts = [sum(made[2] is kind for made in scene.made) for kind in Call]
    assert counts == [3, 7, 5, 15]


async def test_an_edit_is_left_out_while_a_message_waits(scene: Scene) -> None:
    """What arrives for good is not held up by what will be replaced in a second."""
    for _ in range(4):
        scene.ask(ANNA, Call.FINAL)
    await scene.clock.reach(1)

    assert not scene.try_(ANNA, Call.EDIT)
    assert scene.try_(BEN, Call.EDIT)


async def test_a_penalty_stops_its_chat_and_no_other(scene: Scene) -> None:
    """Somebody else's flood does not delay my answer at all."""
    chats = range(1, 52)
    expected = Scene()
    for one in (scene, expected):
        if one is scene:
            one.limits.penalise(ANNA, 30)
        for chat in chats:
            one.ask(chat, Call.FINAL)
        await one.clock.reach(29)
        assert one.try_(BEN, Call.EDIT)
        assert one.try_(ANNA, Call.EDIT) is (one is expected)
        await one.clock.reach(40)

    others = [[at for at in one.made if at[1] != ANNA] for one in (scene, expected)]
    delays = [{chat: at for at, chat, *_ in made} for made in others]
    assert all(delays[0][chat] <= delays[1][chat] for chat in chats if chat != ANNA)
    assert scene.times(ANNA) == [30]


@pytest.mark.parametrize("with_an_answer", [False, True])
async def test_a_penalty_amid_a_broadcast_delays_nobody(
    scene: Scene, *, with_an_answer: bool
) -> None:
    """A thousand others hear the news in time, whoever among them is flooded."""
    for chat in range(1, 101):
        scene.ask(chat, Call.MESSAGE)
    await scene.clock.reach(0.5)
    scene.limits.penalise(60, 30)
    if with_an_answer:
        scene.ask(60, Call.FINAL)

    await scene.clock.reach(3)
    assert len(scene.made) == 99

    await scene.clock.reach(31)
    assert scene.times(60) == [30.5] * (2 if with_an_answer else 1)


async def test_a_penalty_during_a_wait_is_waited_out(scene: Scene) -> None:
    """The final text comes when Telegram takes it again, in its order."""
    for name in range(5):
        scene.ask(ANNA, Call.FINAL, name)
    await scene.clock.reach(1)
    scene.limits.penalise(ANNA, 209)
    scene.limits.penalise(ANNA, 5)

    await scene.clock.reach(300)

    assert scene.times() == [0, 0, 0, 210, 210]
    assert scene.names() == [0, 1, 2, 3, 4]


async def test_penalties_of_several_chats_slow_everybody_down_for_a_minute(scene: Scene) -> None:
    """When Telegram has enough of the bot as a whole, it goes at half the pace for a while."""
    for chat in (1001, 1002, 1003):
        scene.limits.penalise(chat, 5)
    for chat in range(1, 61):
        scene.ask(chat, Call.FINAL)
    await scene.clock.reach(10)
    slow = scene.times()
    await scene.clock.reach(61)
    scene.made.clear()
    for chat in range(101, 131):
        scene.ask(chat, Call.FINAL)
    await scene.clock.reach(62)

    assert slow == [0] * 15 + [1] * 15 + [2] * 15 + [3] * 15
    assert scene.times() == [61] * 30


async def test_who_gives_up_waiting_takes_nothing_and_holds_up_nobody(scene: Scene) -> None:
    """A cancelled answer costs the chat nothing."""
    waiting = [scene.ask(ANNA, Call.FINAL, name) for name in range(6)]
    await scene.clock.reach(1)
    waiting[3].cancel()
    waiting[4].cancel()

    await scene.clock.reach(3)

    assert scene.names() == [0, 1, 2, 5]


async def test_chats_are_forgotten_when_nothing_is_left_to_remember(scene: Scene) -> None:
    """A bot that met a million people does not carry them with it."""
    blocked = range(1001, 1004)
    for chat in blocked:
        scene.limits.penalise(chat, 3600)
    for chat in range(1, 501):
        scene.limits.may(chat, Call.EDIT)
    await scene.clock.reach(100)

    for _ in range(500):
        scene.limits.may(ANNA, Call.TYPING)

    assert scene.limits.remembered == 4
    assert not any(scene.limits.may(chat, Call.EDIT) for chat in blocked)


@dataclass(frozen=True)
class Asked:
    """Somebody wants to make a call."""

    after: float
    chat: int
    kind: Call
    penalty: float


asked = st.builds(
    Asked,
    after=st.sampled_from([0, 0, 0, 0.01, 0.3, 1, 2.5, 7]),
    chat=st.sampled_from([1, 2, 3, -1, -2, *range(10, 45)]),
    kind=st.sampled_from(Call),
    penalty=st.sampled_from([0] * 8 + [1, 30]),
)


def most_within(times: list[float], seconds: float) -> int:
    """The most calls in any stretch of so many seconds."""
    # A billionth less, because a sum of floats can miss the end of a stretch by its last bit.
    ends = [at + seconds - 1e-9 for at in times]
    return max(
        (sum(at <= t < end for t in times) for at, end in zip(times, ends, strict=True)), default=0
    )


@settings(max_examples=120, deadline=None)
@given(st.lists(asked, max_size=120))
def test_no_window_ever_holds_more_than_telegram_allows(calls: list[Asked]) -> None:
    """Whatever people do, Telegram has no reason to refuse, and every answer arrives in order."""

    async def simulate() -> Scene:
        scene = Scene()
        moment = 0.0
        for number, call in enumerate(calls):
            moment += call.after
            await scene.clock.reach(moment)
            if call.penalty:
                scene.limits.penalise(call.chat, call.penalty)
                penalties.append((moment, moment + call.penalty, call.chat))
            if call.kind is Call.FINAL or call.kind is Call.MESSAGE:
                scene.ask(call.chat, call.kind, number)
            elif call.kind is Call.EDIT or call.kind is Call.TYPING:
                scene.try_(call.chat, call.kind)
        await scene.clock.reach(moment + 3600)
        return scene

    penalties: list[tuple[float, float, int]] = []
    scene = asyncio.run(simulate())

    lasting: dict[int, list[float]] = defaultdict(list)
    passing: dict[int, list[float]] = defaultdict(list)
    order: dict[tuple[int, Call], list[object]] = defaultdict(list)
    for at, chat, kind, name in scene.made:
        (lasting if kind <= Call.MESSAGE else passing)[chat].append(at)
        order[chat, kind].append(name)
        assert not any(start < at < end - 1e-9 and chat == c for start, end, c in penalties)
    assert all(task.done() for task in scene.tasks)
    assert most_within(scene.times(), everywhere().seconds) <= everywhere().calls
    for chat, times in lasting.items():
        assert most_within(times, CHAT.seconds) <= CHAT.calls
        assert chat > 0 or most_within(times, GROUP.seconds) <= GROUP.calls
    for chat, times in passing.items():
        assert most_within(times, 1 if chat > 0 else 3) <= 1
    for (_, kind), names in order.items():
        assert kind > Call.MESSAGE or names == sorted(names, key=lambda name: int(str(name)))
