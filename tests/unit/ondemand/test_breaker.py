"""A platform that is away is left alone, and looked for by one call at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ondemand import (
    GoneError,
    KeyHeldBackError,
    KeyRefusedError,
    OnDemandClient,
    OutageError,
    ServerError,
    ThrottledError,
    UnreachableError,
    errors,
)
from bot.ondemand.breaker import (
    Closed,
    Open,
    Rules,
    Sign,
    State,
    Trying,
    admit,
    conclude,
    sign_of,
)
from tests.unit.ondemand.frames import SESSION
from tests.unit.ondemand.hand import Hand
from tests.unit.ondemand.other_side import AGENT, KEY, Script, no, ok

RULES = Rules()
W, I, R, U = Sign.WELL, Sign.ILL, Sign.REFUSED, Sign.UNCLEAR  # noqa: E741  Short for a table.


def after(signs: Sequence[Sign], *, every: float = 1.0, rules: Rules = RULES) -> State:
    """The state after these calls, each of which was let go when the one before had ended."""
    state: State = Closed()
    for number, sign in enumerate(signs):
        now = number * every
        state, wait = admit(state, now, rules)
        if wait is None:
            state = conclude(state, sign, now, rules, epoch=state.epoch, status=401)
    return state


@pytest.mark.parametrize(
    ("signs", "kind"),
    [
        ([], Closed),
        ([I] * 4, Closed),
        ([I] * 5, Open),
        ([I, I, I, I, W, I, I, I, I], Closed),
        ([I, I, U, I, U, I, I], Open),
        ([I, W] * 9, Closed),
        ([I, W] * 10 + [I], Open),
        ([W, W, I] * 30, Closed),
        ([R] * 5, Closed),
        ([R] * 6, Open),
        ([R, R, W] * 9, Closed),
        ([U] * 99, Closed),
    ],
    ids=[
        "nothing happened",
        "four ill",
        "five ill",
        "one well between",
        "unclear ones between",
        "half of few",
        "half of twenty",
        "a third",
        "key refused five times",
        "key refused six times",
        "key taken between",
        "unclear ones alone",
    ],
)
def test_when_it_opens(signs: Sequence[Sign], kind: type[State]) -> None:
    """It opens when the platform is ill, and not at every stumble."""
    assert isinstance(after(signs), kind)


def test_old_failures_are_forgotten() -> None:
    """A failure every ten minutes is no outage."""
    assert isinstance(after([I] * 9, every=RULES.memory), Closed)


@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        (W, Closed(3)),
        (I, Open(3, since=0.0, until=110.0)),
        (R, Open(3, since=0.0, until=160.0, refusal=401)),
        (U, Open(3, since=0.0, until=100.0)),
    ],
    ids=["well", "ill", "refused", "unclear"],
)
def test_what_a_try_leads_to(sign: Sign, expected: State) -> None:
    """One call finds out; where it could not, the next one does at once."""
    trying = Trying(2, since=0.0)

    assert conclude(trying, sign, 100.0, RULES, epoch=2, status=401) == expected


@pytest.mark.parametrize(
    ("away", "pause"),
    [(0.0, 10.0), (600.0, 10.0), (1800.0, 30.0), (86_400.0, 60.0)],
    ids=["just now", "ten minutes", "half an hour", "a day"],
)
def test_pauses_grow_with_the_outage(away: float, pause: float) -> None:
    """Whoever has been away for long is looked for less often, yet every minute."""
    state = conclude(Trying(1, since=0.0), I, away, RULES, epoch=1)

    assert state == Open(2, since=0.0, until=away + pause)


def test_who_is_turned_away_comes_back_one_after_the_other() -> None:
    """A thousand that wait do not all come at the same moment, and none waits for ever."""
    state: State = Open(1, since=0.0, until=10.0)
    waits = []

    for _ in range(10_000):
        state, wait = admit(state, 4.0, RULES)
        waits.append(wait or 0.0)

    assert waits[:3] == pytest.approx([6.0, 6.02, 6.04])
    assert waits[-1] == 6.0 + RULES.longest_spread


@pytest.mark.parametrize(
    ("error", "is_aside", "sign"),
    [
        (None, False, W),
        (None, True, U),
        (UnreachableError(), False, I),
        (UnreachableError(), True, I),
        (errors.TimedOutError(), False, I),
        (errors.TimedOutError(), True, U),
        (errors.DisconnectedError(), False, I),
        (errors.MalformedError(), False, I),
        (ServerError(503), False, I),
        (ServerError(500), True, U),
        (errors.PluginTimedOutError(504), False, W),
        (KeyRefusedError(401), False, R),
        (KeyRefusedError(403), True, U),
        (ThrottledError(429), False, W),
        (GoneError(404), False, W),
        (errors.RefusedError(400), False, W),
        (errors.RouteError(404), False, U),
        (errors.StatusError(302), False, U),
        (KeyError("a bug"), False, U),
    ],
)
def test_what_the_end_of_a_call_says(error: Exception | None, is_aside: bool, sign: Sign) -> None:
    """Who answers is there; who sends bad files proves nothing about the assistant."""
    assert sign_of(error, is_aside=is_aside) is sign


@dataclass
class World:
    """A breaker among calls that overlap in any way."""

    state: State = field(default_factory=Closed)
    now: float = 0.0
    #: The epochs of the calls under way.
    running: list[int] = field(default_factory=list)


Step = st.one_of(
    st.tuples(st.just("begin"), st.just(0)),
    st.tuples(st.sampled_from([*Sign]), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 100)),
)


@given(st.lists(Step, max_size=120))
def test_whatever_happens_it_is_looked_for_by_one_call(steps: list[tuple[object, int]]) -> None:
    """Calls overlap, fail and end in any order: one at a time looks, and nothing is stuck."""
    world = World()

    for what, number in steps:
        before = world.state
        if what == "begin":
            world.state, wait = admit(before, world.now, RULES)
            if wait is None:
                world.running.append(world.state.epoch)
            else:
                assert wait > 0
                assert not isinstance(before, Closed)
        elif what == "wait":
            world.now += number
        elif world.running:
            epoch = world.running.pop(number % len(world.running))
            assert isinstance(what, Sign)
            world.state = conclude(before, what, world.now, RULES, epoch=epoch, status=401)
            assert epoch == before.epoch or world.state == before
        if isinstance(world.state, Trying):
            assert world.running.count(world.state.epoch) == 1
        if isinstance(world.state, Open):
            assert world.state.until - world.now <= max(RULES.longest_pause, RULES.refused_pause)
        assert world.state.epoch >= before.epoch


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.floats(1, 3600))
def test_a_dead_platform_is_asked_seldom_and_found_soon(per_second: int, outage: float) -> None:
    """However many ask, a dead platform gets one call in ten seconds, and is found when it is back.

    Each of those that are turned away comes again when it was told to.
    """
    state: State = Closed()
    calls, now = 0, 0.0
    due = [number / per_second for number in range(per_second)]
    found = None

    while found is None:
        now = heappop(due)
        state, wait = admit(state, now, RULES)
        if wait is None:
            is_back = now >= outage
            calls += not is_back
            state = conclude(state, W if is_back else I, now, RULES, epoch=state.epoch)
            if is_back and isinstance(state, Closed):
                found = now
        heappush(due, now + (wait if wait is not None else 1.0))

    assert calls <= RULES.in_a_row + outage / RULES.pause + 1
    assert found - outage <= RULES.longest_pause + RULES.longest_spread


@pytest.fixture
def plain(script: Script, hand: Hand) -> OnDemandClient:
    """A client whose time is moved by hand."""
    return OnDemandClient(KEY, user_agent=AGENT, transport=script, clock=hand, sleep=hand.sleep)


async def down(client: OnDemandClient, script: Script) -> None:
    """Have the platform be away until the breaker has noticed."""
    script.will(*[httpx.ConnectError("refused")] * 5)
    for _ in range(2):
        with pytest.raises(UnreachableError):
            await client.chat.session(SESSION)
    assert client.health.state == "open"


async def test_while_it_is_away_nothing_is_sent(plain: OnDemandClient, script: Script) -> None:
    """I am told at once, and when to come again; the platform is not asked."""
    await down(plain, script)
    asked = len(script.requests)

    with pytest.raises(OutageError) as caught:
        await plain.chat.create_session("anna")

    assert caught.value.after == pytest.approx(10.0, abs=0.1)
    assert caught.value.nothing_happened
    assert len(script.requests) == asked


async def test_one_call_finds_that_it_is_back(
    plain: OnDemandClient, script: Script, hand: Hand
) -> None:
    """After the pause one call goes; it comes back well, and everybody is served again."""
    await down(plain, script)
    hand.now += 10.0
    script.will(ok({"id": SESSION}), ok({"id": SESSION}))

    await plain.chat.session(SESSION)
    await plain.chat.session(SESSION)

    assert plain.health.is_well


async def test_a_refused_key_is_not_shown_again_at_once(
    plain: OnDemandClient, script: Script, hand: Hand
) -> None:
    """A key that stays refused is tried once a minute, and who asks is told the same as before."""
    script.will(*[no(401, "unauthenticated")] * 7)
    for _ in range(3):
        with pytest.raises(KeyRefusedError):
            await plain.chat.session(SESSION)
    assert len(script.requests) == 6
    assert plain.health.is_key_refused

    hand.now += 60.0
    for _ in range(3):
        with pytest.raises(KeyRefusedError):
            await plain.chat.session(SESSION)

    assert len(script.requests) == 7


async def test_a_key_that_is_held_back_is_held_back_at_once(script: Script, hand: Hand) -> None:
    """A key that stays refused costs nobody any waiting, and is counted as turned away once."""
    outcomes: list[str] = []
    client = OnDemandClient(
        KEY,
        user_agent=AGENT,
        transport=script,
        clock=hand,
        sleep=hand.sleep,
        observe=outcomes.append,
    )
    script.will(*[no(401, "unauthenticated")] * 6)
    for _ in range(2):
        with pytest.raises(KeyRefusedError):
            await client.chat.session(SESSION)

    with pytest.raises(KeyHeldBackError) as caught:
        await client.chat.session(SESSION)

    assert caught.value.status == 401
    assert caught.value.nothing_happened
    assert outcomes == ["refused"] * 6 + ["turned away"]


async def test_a_broken_service_beside_the_chat_opens_nothing(
    plain: OnDemandClient, script: Script
) -> None:
    """Speech and files may be broken for hours; questions are asked all the same."""
    script.will(*[no(500)] * 30, ok({"id": SESSION}))
    for _ in range(30):
        with pytest.raises(ServerError):
            await plain.services.translate("words", "de")

    await plain.chat.session(SESSION)

    assert plain.health.is_well
