"""What the client leaves in the logs of the house: what happened, and nothing anybody could use."""

import io
import json
import logging

import pytest

from bot import log
from bot.ondemand import OnDemandError, StreamInterruptedError
from bot.sandbox.ondemand import OnDemandSandbox
from tests.contracts.ondemand_client.proof import KEY, connected, query, read

WORDS = "A very private question"
ANSWERED = "A very private answer"


@pytest.mark.usefixtures("logging_as_it_was")
@pytest.mark.parametrize("registered", [True, False], ids=["key known", "key unknown"])
async def test_nothing_secret_is_logged_at_the_loudest_level(
    registered: bool, ondemand: OnDemandSandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    """At DEBUG no key, no signed address and nobody's words are logged, known as secret or not."""
    sink = io.StringIO()
    redactor = log.Redactor([KEY] if registered else [])
    log.configure(level="DEBUG", form="json", redactor=redactor, stream=sink)
    addresses = set()

    async with connected(ondemand.url) as client:
        for behaviour in ("sporadic_401", "no_route", "rate_limited", "server_error"):
            ondemand.will(behaviour, operation="list_endpoints", times=1)
            await client.catalog.endpoints()
        session = await client.chat.create_session("anna", plugins=["plugin-1741770626"])
        ondemand.assistant.will_say(ANSWERED)
        ondemand.will("stream_cut", times=1, frames=3)
        with pytest.raises(StreamInterruptedError) as caught:
            await read(client, session.id, query(WORDS))
        ondemand.will("still_processing", times=1)
        await client.chat.recover(session.id, caught.value.message_id or "")
        sound = await client.services.text_to_speech(WORDS)
        ondemand.will("media_error_but_created", times=1)
        voice = await client.media.upload(sound, "voice.mp3", content_type="audio/mpeg")
        assert await client.services.speech_to_text(voice.url) == WORDS
        assert await client.media.extracted_text(voice) == WORDS
        addresses |= {voice.url, voice.extract_url}
        await client.media.delete(voice.id)
        for failing in (
            client.media.extracted_text(voice),
            client.services.speech_to_text(voice.url),
            client.chat.session("6aca20000000000000000002"),
        ):
            try:
                await failing
            except OnDemandError:
                logging.getLogger("bot").exception("as a careless handler would log it")
        ondemand.will("invalid_key")
        assert await client.chat.delete_session(session.id) is False

    captured = capfd.readouterr()
    written = sink.getvalue() + captured.out + captured.err
    events = [json.loads(line)["event"] for line in sink.getvalue().splitlines()]
    assert {"stamina.retry_scheduled", "plugins refused", "session not deleted"} <= set(events)
    secrets = [KEY, WORDS, ANSWERED, "sig=", "/storage/", *addresses]
    assert [secret for secret in secrets if secret in written] == []
    # Nothing had to be blacked out: the key was never there.
    assert log.BLACKED_OUT not in written
    assert captured.out == ""
