"""The pure rules of the client, each as a table."""

from datetime import UTC, datetime

import pytest

from bot.ondemand import loose
from bot.ondemand.agents import Dialect, Offer, first_offer, next_offer, spelled, suffix
from bot.ondemand.endpoints import choose
from bot.ondemand.files import FileKind, kind_of
from bot.ondemand.models import Endpoint
from bot.ondemand.query import Tuning, fulfillment_prompt

CUSTOM = "6aca40000000000000000004"


@pytest.mark.parametrize(
    ("plugin", "bare", "as_agent", "as_plugin"),
    [
        ("plugin-1722260873", "1722260873", "agent-1722260873", "plugin-1722260873"),
        ("agent-1722260873", "1722260873", "agent-1722260873", "plugin-1722260873"),
        (" 1722260873 ", "1722260873", "agent-1722260873", "plugin-1722260873"),
        (CUSTOM, CUSTOM, CUSTOM, CUSTOM),
    ],
    ids=["a plugin", "an agent", "digits", "a custom agent"],
)
def test_names_of_a_plugin(plugin: str, bare: str, as_agent: str, as_plugin: str) -> None:
    """A plugin is the same under all its names."""
    names = (suffix(plugin), spelled(plugin, "agent-"), spelled(plugin, "plugin-"))

    assert names == (bare, as_agent, as_plugin)


def ladder(plugins: list[str], *refusals: set[str]) -> list[dict[str, list[str]] | None]:
    """What is sent, first and after each refusal; None where we give up."""
    offer: Offer | None = first_offer(plugins)
    sent = [offer.fields() if offer else None]
    for refused in refusals:
        offer = next_offer(offer, refused) if offer else None
        sent.append(offer.fields() if offer else None)
    return sent


@pytest.mark.parametrize(
    ("plugins", "refusals", "sent"),
    [
        ([], [set()], [{}, None]),
        (
            ["plugin-1", "plugin-2"],
            [{"2"}],
            [{"agentIds": ["agent-1", "agent-2"]}, {"agentIds": ["agent-1"]}],
        ),
        (["plugin-1"], [{"1"}, set()], [{"agentIds": ["agent-1"]}, {}, None]),
        (["plugin-1"], [{"9"}, set()], [{"agentIds": ["agent-1"]}, {}, None]),
        (
            ["plugin-1"],
            [set(), set(), set()],
            [{"agentIds": ["agent-1"]}, {"pluginIds": ["plugin-1"]}, {}, None],
        ),
        (
            ["plugin-1", "plugin-2"],
            [{"2"}, set(), set(), set()],
            [
                {"agentIds": ["agent-1", "agent-2"]},
                {"agentIds": ["agent-1"]},
                {"pluginIds": ["plugin-1"]},
                {},
                None,
            ],
        ),
        (
            ["plugin-1", "plugin-2"],
            [{"2"}, {"1"}],
            [{"agentIds": ["agent-1", "agent-2"]}, {"agentIds": ["agent-1"]}, {}],
        ),
        (
            ["plugin-1", "plugin-2"],
            [set(), {"2"}, set()],
            [
                {"agentIds": ["agent-1", "agent-2"]},
                {"pluginIds": ["plugin-1", "plugin-2"]},
                {"pluginIds": ["plugin-1"]},
                {},
            ],
        ),
    ],
    ids=[
        "no plugins, nothing to try",
        "the named one goes",
        "all of them named",
        "none of ours named",
        "nothing named: other dialect, then none",
        "named, then nothing named",
        "named twice",
        "named in the second dialect",
    ],
)
def test_what_is_offered_after_refusals(
    plugins: list[str], refusals: list[set[str]], sent: list[dict[str, list[str]] | None]
) -> None:
    """Plugins that are refused are left out step by step, and every ladder ends."""
    assert ladder(plugins, *refusals) == sent


def test_offer_limits() -> None:
    """Ten plugins are named at most, each once, under whatever name it came."""
    offer = first_offer(["plugin-1", "agent-1", "", *(f"plugin-{n}" for n in range(2, 20))])

    assert offer.plugins == tuple(str(n) for n in range(1, 11))


def test_what_was_refused_is_told_from_what_was_left_out() -> None:
    """A plugin refused by its id is another matter than one given up with all others."""
    offer = first_offer(["plugin-1", "plugin-2", "plugin-3"])

    named = next_offer(offer, {"2"})
    then = next_offer(named, {"3"}) if named else None
    none = next_offer(offer, {"99"})

    assert named is not None
    assert (named.refused, named.dropped) == (("2",), ("2",))
    assert then is not None
    assert (then.refused, then.dropped) == (("2", "3"), ("2", "1", "3"))
    assert none is not None
    assert (none.refused, none.dropped) == ((), ("1", "2", "3"))


def test_dialects_are_ours_to_choose() -> None:
    """Field and prefix follow the platform's next renaming without a new release."""
    offer = first_offer(["plugin-7"], (Dialect("toolIds", "tool-"),))

    assert offer.fields() == {"toolIds": ["tool-7"]}


@pytest.mark.parametrize(
    ("instructions", "prompt"),
    [
        ("Be brief.", "Be brief.\n\nContext: {context}\nQuestion: {question}"),
        ("", "Context: {context}\nQuestion: {question}"),
        ("Q: {question}", "Q: {question}\n\nContext: {context}"),
        ("{context} {question}", "{context} {question}"),
        ("a {set} {question}{context}", "a (set) {question}{context}"),
    ],
    ids=["neither", "nothing", "one", "both", "stray braces"],
)
def test_fulfillment_prompt(instructions: str, prompt: str) -> None:
    """A prompt always has its two places, and no braces besides."""
    assert fulfillment_prompt(instructions) == prompt


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 2.1},
        {"top_p": -0.1},
        {"presence_penalty": 3},
        {"frequency_penalty": float("nan")},
        {"stop_sequences": ("a",) * 5},
    ],
    ids=str,
)
def test_tuning_outside_of_its_ranges(wrong: dict[str, float]) -> None:
    """What the platform would refuse is refused before it is sent."""
    with pytest.raises(ValueError, match=r"goes from 0|at most 4"):
        Tuning(**wrong)  # type: ignore[arg-type]  # Wrong on purpose.


def test_tuning_sends_only_what_was_set() -> None:
    """A zero is sent, what was not set is not, and a limit of tokens never."""
    assert Tuning(temperature=0).fields() == {"temperature": 0}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-10-10T00:09:47.108213454Z", datetime(2026, 10, 10, 0, 9, 47, 108213, UTC)),
        ("2026-07-17T18:29:26.936Z", datetime(2026, 7, 17, 18, 29, 26, 936000, UTC)),
        ("2026-07-17T20:29:26+02:00", datetime(2026, 7, 17, 18, 29, 26, 0, UTC)),
        ("2026-07-17T18:29:26", datetime(2026, 7, 17, 18, 29, 26, 0, UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (1700000000, None),
        (None, None),
        ([], None),
    ],
    ids=[
        "nine digits",
        "three",
        "an offset",
        "naive",
        "never",
        "before time",
        "a word",
        "a number",
        "null",
        "a list",
    ],
)
def test_instant(value: object, moment: datetime | None) -> None:
    """A date is read whatever its fraction, and what is none is no date."""
    assert loose.instant(value) == moment


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (7, "7"),
        (0.5, "0.5"),
        (True, ""),
        (None, ""),
        ([], ""),
        ({}, ""),
        ("\ud83c\udf0d", "\U0001f30d"),
        ("\ud83c", "\ufffd"),
    ],
    ids=[
        "text",
        "a number",
        "a fraction",
        "a boolean",
        "null",
        "a list",
        "an object",
        "two halves of a character",
        "half a character",
    ],
)
def test_text(value: object, text: str) -> None:
    """What is text comes as text that any database takes; what is not is empty."""
    assert loose.text(value) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7.0),
        ("1.5", 1.5),
        (True, 0.0),
        ("many", 0.0),
        (None, 0.0),
        ("inf", 0.0),
        (float("nan"), 0.0),
        (10**400, 0.0),
    ],
    ids=["a number", "a string", "a boolean", "a word", "null", "infinity", "nan", "beyond floats"],
)
def test_number(value: object, number: float) -> None:
    """A number is finite, whatever it came as."""
    assert loose.number(value) == number


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("voice.ogg", FileKind.AUDIO),
        ("Report.PDF", FileKind.DOCUMENT),
        ("notes.md", FileKind.DOCUMENT),
        ("a.b.jpeg", FileKind.IMAGE),
        ("film.webm", FileKind.VIDEO),
        ("sticker.webp", None),
        ("README", None),
    ],
)
def test_kind_of(name: str, kind: FileKind | None) -> None:
    """A file's name tells which reader it needs, if there is one."""
    assert kind_of(name) is kind


def endpoint(name: str, *, active: bool = True, streams: bool = True) -> Endpoint:
    """An endpoint of the registry."""
    return Endpoint(f"predefined-{name}", is_active=active, streams=streams)


@pytest.mark.parametrize(
    ("registry", "chosen"),
    [
        ([endpoint("b"), endpoint("a")], "predefined-a"),
        ([endpoint("a", active=False), endpoint("b")], "predefined-b"),
        ([endpoint("a", streams=False), endpoint("b")], "predefined-b"),
        ([Endpoint("byoi-1", is_active=True), endpoint("z")], "predefined-z"),
        ([Endpoint("byoi-1", is_active=True)], "byoi-1"),
        ([endpoint("a", active=False)], None),
        ([], None),
    ],
    ids=["by order", "inactive", "mute", "any of theirs", "any at all", "none lives", "empty"],
)
def test_choose(registry: list[Endpoint], chosen: str | None) -> None:
    """The first preference that lives answers; failing all, any model that does."""
    found = choose(registry, preferences=["predefined-a", "predefined-b"])

    assert (found and found.id) == chosen
