"""Sessions and queries: what is refused, what is dropped, and that nothing is ever paid twice."""

import asyncio

import pytest

from bot.ondemand import (
    PLUGIN_IDS,
    AgentsRefusedError,
    BusyError,
    ContextTooLongError,
    Delta,
    DisconnectedError,
    EndpointRefusedError,
    FailedError,
    GoneError,
    OnDemandClient,
    OnDemandError,
    PluginTimedOutError,
    PolicyError,
    Query,
    RefusedError,
    ServerError,
    Session,
    StreamInterruptedError,
    TimedOutError,
    Tuning,
)
from bot.sandbox.ondemand import OnDemandSandbox
from tests.contracts.ondemand_client.proof import (
    PERPLEXITY,
    SAID,
    HurriedClock,
    connected,
    proves,
    query,
    read,
    told,
)

NUMBER = PERPLEXITY.removeprefix("plugin-")
INTERNET = "1713924030"
UNSUBSCRIBED = "1741770626"
SWITCHED_OFF = "1775547203"


@proves("create_200")
@pytest.mark.parametrize("behaviours", [(), ("create_200",)], ids=["today", "2025"])
async def test_a_session_is_opened(
    behaviours: tuple[str, ...], ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A session is mine with its plugins, whichever year answers."""
    for behaviour in behaviours:
        ondemand.will(behaviour)

    session = await client.chat.create_session(
        "anna", plugins=[PERPLEXITY], metadata={"channel": "telegram"}
    )

    assert (session.external_user_id, session.plugins, session.dropped) == ("anna", (NUMBER,), ())
    assert (await client.chat.session(session.id)).plugins == (NUMBER,)
    assert len(ondemand.calls("create_session")) == 1


@proves("unsubscribed_agents", "invalid_agents")
@pytest.mark.parametrize("bad", [UNSUBSCRIBED, "1799999999"], ids=["unsubscribed", "unknown"])
async def test_a_session_without_the_plugins_they_refuse(
    bad: str, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A plugin the account lacks is left out of my session, and I am told which."""
    session = await client.chat.create_session("anna", plugins=[PERPLEXITY, f"plugin-{bad}"])

    assert (session.plugins, session.dropped) == ((NUMBER,), (bad,))
    assert [call.status for call in ondemand.calls("create_session")] == [400, 201]


@proves("invalid_agents", "unsubscribed_agents", "inactive_agents")
@pytest.mark.parametrize("kind", ["invalid_agents", "unsubscribed_agents", "inactive_agents"])
@pytest.mark.parametrize(
    ("named", "dropped"),
    [
        ([f"agent-{INTERNET}"], (INTERNET,)),
        (None, (NUMBER, INTERNET)),
        (["agent-9999999999"], (NUMBER, INTERNET)),
    ],
    ids=["one of them", "all of them", "others"],
)
@pytest.mark.parametrize("mode", ["ask", "stream"])
async def test_a_query_without_the_plugins_they_refuse(
    mode: str,
    named: list[str] | None,
    dropped: tuple[str, ...],
    kind: str,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """A plugin that went bad costs me that plugin, and neither the answer nor a second payment."""
    ondemand.will(kind, operation="submit_query", times=1, ids=named)
    asked = query("Which plugins do you have?", plugins=[PERPLEXITY, INTERNET])

    if mode == "ask":
        answer = (await client.chat.ask(session.id, asked)).answer
    else:
        async with client.chat.stream(session.id, asked) as stream:
            answer = told([event async for event in stream])
        assert stream.dropped == dropped

    names = {"Perplexity": NUMBER, "Internet": INTERNET}
    assert [name in answer for name in names] == [n not in dropped for n in names.values()]
    assert [call.status for call in ondemand.calls("submit_query")] == [400, 200]
    assert ondemand.paid == 1


@proves("inactive_agents")
async def test_a_plugin_of_the_session_that_went_bad(
    ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A session cannot be asked past a bad plugin of its own: I am told which, and open another."""
    session = await client.chat.create_session("anna", plugins=[SWITCHED_OFF])

    with pytest.raises(AgentsRefusedError) as caught:
        await read(client, session.id, query(plugins=[SWITCHED_OFF]))

    assert caught.value.agents == {SWITCHED_OFF}
    assert (caught.value.nothing_happened, caught.value.worth_repeating) == (True, False)
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (2, 0)


@proves("agent_ids_refused", "plugin_ids_refused")
@pytest.mark.parametrize(
    ("behaviours", "statuses", "dropped"),
    [
        ((), [200], ()),
        (("plugin_ids_refused",), [200], ()),
        (("agent_ids_refused",), [400, 200], ()),
        (("agent_ids_refused", "plugin_ids_refused"), [400, 400, 200], (NUMBER,)),
    ],
    ids=["both names", "agents", "plugins", "neither"],
)
async def test_plugins_by_either_name(
    behaviours: tuple[str, ...],
    statuses: list[int],
    dropped: tuple[str, ...],
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """Whichever name for plugins they take this month is found, and without any I am answered."""
    for behaviour in behaviours:
        ondemand.will(behaviour)

    asked = query("Which plugins do you have?", plugins=[PERPLEXITY])
    async with client.chat.stream(session.id, asked) as stream:
        answer = told([event async for event in stream])

    assert ("Perplexity" in answer, stream.dropped) == (not dropped, dropped)
    assert [call.status for call in ondemand.calls("submit_query")] == statuses
    assert ondemand.paid == 1


REFUSALS: list[tuple[str, type[OnDemandError], bool]] = [
    ("inactive_endpoint", EndpointRefusedError, True),
    ("stale_session", GoneError, True),
    ("context_too_long", ContextTooLongError, True),
    ("policy_refusal", PolicyError, True),
    ("model_error", ServerError, False),
    ("plugin_timeout", PluginTimedOutError, False),
]


@proves(*(row[0] for row in REFUSALS))
@pytest.mark.parametrize("mode", ["ask", "stream"])
@pytest.mark.parametrize(("behaviour", "kind", "nothing_happened"), REFUSALS)
async def test_a_query_is_refused(
    mode: str,
    behaviour: str,
    kind: type[OnDemandError],
    nothing_happened: bool,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """I learn why my question was not taken, at the first no, with all of my plugins on."""
    ondemand.will(behaviour)
    asked = query(plugins=[PERPLEXITY])

    with pytest.raises(OnDemandError) as caught:
        await (
            client.chat.ask(session.id, asked) if mode == "ask" else read(client, session.id, asked)
        )

    assert type(caught.value) is kind
    assert caught.value.nothing_happened is nothing_happened
    assert caught.value.worth_repeating is not nothing_happened
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (1, 0)


@proves("stale_session")
async def test_a_session_that_is_gone(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A session that is gone is gone for every call, and forgetting it is no error."""
    ondemand.will("stale_session", times=1)
    with pytest.raises(GoneError):
        await read(client, session.id)

    with pytest.raises(GoneError):
        await client.chat.session(session.id)
    with pytest.raises(GoneError):
        assert [each async for each in client.chat.messages(session.id)]

    assert await client.chat.delete_session(session.id) is True


@pytest.mark.parametrize(
    "endpoint",
    ["predefined-openai-gpt4o", "predefined-nobody-knows"],
    ids=["inactive", "unknown"],
)
async def test_a_model_that_is_not_there(
    endpoint: str, client: OnDemandClient, session: Session
) -> None:
    """A model that is switched off or unknown is told from any other mistake."""
    with pytest.raises(EndpointRefusedError):
        await read(client, session.id, Query(text="Hello!", endpoint_id=endpoint))


async def test_everything_a_query_can_say(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """Instructions, all tuning, effort and plugins together are a query the platform takes."""
    tuning = Tuning(
        instructions="Be brief.",
        temperature=0.2,
        top_p=0.5,
        presence_penalty=1.5,
        frequency_penalty=2,
        stop_sequences=("END",),
    )

    events = await read(client, session.id, query("Say 6 * 7", tuning=tuning, effort="low"))

    assert told(events) == "That is **42**."
    assert ondemand.paid == 1


async def test_a_query_without_retrieval(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A quick question goes to the model alone, without the plugins it names."""
    asked = query("Which plugins do you have?", plugins=[PERPLEXITY], fulfillment_only=True)

    message = await client.chat.ask(session.id, asked)

    assert message.answer == "I was given no plugins for this question."


# Answers that are lost, and sessions that are busy
# --------------------------------------------------------------------------------------


@proves("answer_lost")
@pytest.mark.parametrize("mode", ["ask", "stream"])
async def test_an_answer_lost_on_its_way(
    mode: str, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """When the line breaks before a word I do not know, it is not asked again, and I can look."""
    ondemand.assistant.will_say(SAID)
    ondemand.will("answer_lost", times=1)

    with pytest.raises(DisconnectedError) as caught:
        await (client.chat.ask(session.id, query()) if mode == "ask" else read(client, session.id))
    newest = await anext(aiter(client.chat.messages(session.id)))
    found = await client.chat.recover(session.id, newest.id)

    assert (caught.value.nothing_happened, caught.value.worth_repeating) == (False, True)
    assert (found.query, found.answer) == ("Hello!", SAID)
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (1, 1)


@proves("sync_524")
async def test_an_answer_the_edge_cuts(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A whole answer the edge did not wait for is paid once, and there to be looked up."""
    ondemand.assistant.will_say(SAID)
    ondemand.will("sync_524")

    with pytest.raises(ServerError) as caught:
        await client.chat.ask(session.id, query())
    newest = await anext(aiter(client.chat.messages(session.id)))
    found = await client.chat.recover(session.id, newest.id)

    assert (caught.value.status, caught.value.nothing_happened) == (524, False)
    assert found.answer == SAID
    assert ondemand.paid == 1


@proves("error_mid_answer")
async def test_a_whole_answer_that_fails(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """An answer they gave up is an error and no half answer, and is not asked for again."""
    ondemand.will("error_mid_answer")

    with pytest.raises(ServerError) as caught:
        await client.chat.ask(session.id, query())
    newest = await anext(aiter(client.chat.messages(session.id)))
    with pytest.raises(FailedError):
        await client.chat.recover(session.id, newest.id)

    assert caught.value.code == "model_error"
    assert ondemand.paid == 1


async def test_one_query_after_another(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """Two questions at once are answered one after the other, and neither is refused."""
    ondemand.assistant.will_say("First.", first_delay=0.1)
    ondemand.assistant.will_say("Second.")

    answers = await asyncio.gather(*(read(client, session.id) for _ in range(2)))

    assert [told(events) for events in answers] == ["First.", "Second."]
    assert [call.status for call in ondemand.calls("submit_query")] == [200, 200]


@proves("parallel_queries")
@pytest.mark.parametrize("allowed", [False, True], ids=["refused", "allowed"])
async def test_two_processes_in_one_session(
    allowed: bool, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A session another process is asking in is busy, if they mind, and my plugins stay mine."""
    ondemand.assistant.will_say("First.", first_delay=0.5)
    ondemand.assistant.will_say("Second.")
    if allowed:
        ondemand.will("parallel_queries")
    asked = query(plugins=[PERPLEXITY])

    async with connected(ondemand.url) as other, client.chat.stream(session.id, query()) as first:
        if allowed:
            assert told(await read(other, session.id, asked)) == "Second."
        else:
            with pytest.raises(BusyError) as caught:
                await read(other, session.id, asked)
            assert (caught.value.nothing_happened, caught.value.worth_repeating) == (True, True)
        assert told([event async for event in first]) == "First."

    assert ondemand.paid == 1 + allowed


async def test_the_next_question_after_a_stopped_answer(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """Who stops an answer and asks on is told to wait; when the answer is done it is their turn."""
    ondemand.assistant.will_say("One two three.", first_delay=0.5)
    async with client.chat.stream(session.id, query()) as stopped:
        assert stopped.message_id

    with pytest.raises(BusyError):
        await read(client, session.id, query("And now?"))
    await client.chat.recover(session.id, stopped.message_id)
    ondemand.assistant.will_say("Now this.")
    events = await read(client, session.id, query("And now?"))

    assert told(events) == "Now this."
    assert ondemand.paid == 2


# Recovery
# --------------------------------------------------------------------------------------


@proves("stream_cut", "stream_reset", "resume_ignored")
@pytest.mark.parametrize("behaviour", ["stream_cut", "stream_reset"])
@pytest.mark.parametrize("dialect", ["july", "october"])
async def test_a_broken_stream_is_recovered(
    behaviour: str,
    dialect: str,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """A torn answer keeps its beginning, and comes back whole for the one price."""
    ondemand.assistant.will_say(SAID, word_delay=0.03)
    ondemand.will(dialect)
    ondemand.will("resume_ignored")
    ondemand.will(behaviour, frames=4)
    pieces = []

    with pytest.raises(StreamInterruptedError) as caught:
        async with client.chat.stream(session.id, query()) as answer:
            async for event in answer:
                pieces += [event.text] if isinstance(event, Delta) else []
    error = caught.value
    found = await client.chat.recover(session.id, error.message_id or "")

    assert (error.reason, error.text, error.message_id) == ("cut", "".join(pieces), found.id)
    assert (error.worth_repeating, error.nothing_happened) == (False, False)
    assert SAID.startswith(error.text)
    assert 0 < len(error.text) < len(SAID)
    assert (found.answer, found.status) == (SAID, "completed")
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (1, 1)


@proves("stream_cut", "stream_reset")
@pytest.mark.parametrize("behaviour", ["stream_cut", "stream_reset"])
async def test_a_stream_that_breaks_before_its_first_frame(
    behaviour: str, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """Without a frame there is no message id; the answer is the newest message of the session."""
    ondemand.assistant.will_say(SAID)
    ondemand.will(behaviour, frames=0)

    with pytest.raises(StreamInterruptedError) as caught:
        await read(client, session.id)
    newest = await anext(aiter(client.chat.messages(session.id)))

    assert (caught.value.reason, caught.value.text, caught.value.message_id) == ("cut", "", None)
    assert (await client.chat.recover(session.id, newest.id)).answer == SAID
    assert ondemand.paid == 1


@proves("still_processing", "server_error")
async def test_recovery_is_patient(
    ondemand: OnDemandSandbox, client: OnDemandClient, clock: HurriedClock, session: Session
) -> None:
    """An answer still in the making is looked for again, past a failure in between."""
    ondemand.assistant.will_say(SAID)
    message = await client.chat.ask(session.id, query())
    ondemand.will("still_processing", times=2)
    ondemand.will("server_error", operation="get_message", times=3)

    found = await client.chat.recover(session.id, message.id)

    assert found.answer == SAID
    assert len(clock.pauses) == 3
    assert ondemand.paid == 1


@proves("still_processing")
async def test_recovery_has_an_end(
    ondemand: OnDemandSandbox, client: OnDemandClient, clock: HurriedClock, session: Session
) -> None:
    """An answer that never becomes final is given up after four minutes, and may still come."""
    message = await client.chat.ask(session.id, query())
    ondemand.will("still_processing")

    with pytest.raises(TimedOutError) as caught:
        await client.chat.recover(session.id, message.id)

    assert caught.value.worth_repeating is True
    assert 230 < clock.now <= 240


async def test_nothing_to_recover(client: OnDemandClient, session: Session) -> None:
    """A message that never was is not waited for."""
    with pytest.raises(GoneError):
        await client.chat.recover(session.id, "6aca20000000000000000002")


# Lists
# --------------------------------------------------------------------------------------


async def test_long_lists_are_turned_to_their_end(client: OnDemandClient) -> None:
    """Of sixty sessions and sixty messages each comes once, in the order I ask for."""
    session = await client.chat.create_session("bert")
    for number in range(60):
        await client.chat.ask(session.id, query(f"Say {number} + 0"))

    newest = [each.query async for each in client.chat.messages(session.id)]
    oldest = [each.query async for each in client.chat.messages(session.id, newest_first=False)]

    assert oldest == [f"Say {number} + 0" for number in range(60)]
    assert newest == oldest[::-1]


async def test_a_session_nobody_asked_in_is_not_listed(client: OnDemandClient) -> None:
    """Only sessions with a question in them are listed, those of one user if I say so."""
    for user in ("anna", "bert"):
        session = await client.chat.create_session(user)
        await client.chat.ask(session.id, query(f"I am {user}"))
    await client.chat.create_session("anna")

    everybody = [each.external_user_id async for each in client.chat.sessions()]
    anna = [each.title async for each in client.chat.sessions(external_user_id="anna")]

    assert everybody == ["bert", "anna"]
    assert anna == ["I am anna"]


@proves("plugin_ids_refused")
async def test_a_client_of_the_old_name(ondemand: OnDemandSandbox) -> None:
    """Who insists on `pluginIds` while they are refused is answered without plugins, and told."""
    ondemand.will("plugin_ids_refused")
    async with connected(ondemand.url, dialects=(PLUGIN_IDS,)) as client:
        session = await client.chat.create_session("anna")
        async with client.chat.stream(session.id, query(plugins=[PERPLEXITY])) as answer:
            assert [event async for event in answer]

    assert answer.dropped == (NUMBER,)
    assert ondemand.paid == 1


async def test_a_wrong_query_is_asked_once(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A mistake in a query that names no plugins is told at once."""
    with pytest.raises(RefusedError) as caught:
        await read(client, session.id, query(effort="high"))

    assert type(caught.value) is RefusedError
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (1, 0)
