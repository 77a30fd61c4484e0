"""`ondemand-bot doctor`: looks at everything the bot needs, a line each, and changes nothing."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot.app import hook_url
from bot.audio import AudioError, Limits, Studio
from bot.house import KEY_FILE, find_cipher, open_bot, open_client
from bot.ondemand import (
    KeyRefusedError,
    NotSubscribedError,
    OnDemandClient,
    OnDemandError,
    RefusedError,
    UnreachableError,
    choose,
)
from bot.settings import Settings
from bot.storage import StorageError, head, look, parse, require_keys, require_makeable, shown
from bot.telegram.checkup import examine_bot

#: Nobody's user id: a list of their sessions is short, and shows nobody's words.
_NOBODY = "ondemand-bot-doctor"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one part."""

    part: str
    is_well: bool
    says: str


class _UnwellError(Exception):
    """A part was looked at and is not as it should be; the text says what to do."""


async def examine(
    settings: Settings, *, patience: float = 10.0, studio: Studio | None = None
) -> AsyncIterator[Finding]:
    """Look at one part after the other. A part that cannot be looked at is a finding, too.

    One look at OnDemand takes at most `patience` seconds, retries included. The `studio` is closed
    afterwards.
    """
    yield await _telegram(settings, patience)
    if settings.ondemand_api_key is None:
        yield Finding("ondemand", is_well=False, says="ONDEMAND_API_KEY is missing")
    else:
        async with open_client(settings) as client:
            async for finding in _ondemand(client, settings, patience):
                yield finding
    async with studio or Studio(limits=Limits(workers=1)) as opened:
        yield await _sound(opened)
    for part, check in (("data key", _data_key), ("database", _database)):
        try:
            yield Finding(part, is_well=True, says=await asyncio.to_thread(check, settings))
        except StorageError as error:
            yield Finding(part, is_well=False, says=str(error))


async def _telegram(settings: Settings, patience: float) -> Finding:
    if settings.telegram_bot_token is None:
        return Finding("telegram", is_well=False, says="TELEGRAM_BOT_TOKEN is missing")
    try:
        async with asyncio.timeout(patience), open_bot(settings) as bot:
            found = await examine_bot(bot, hook=hook_url(settings))
    except TimeoutError:
        says = f"{settings.telegram_api_url} gave no answer within {patience:g} seconds"
        return Finding("telegram", is_well=False, says=says)
    return Finding("telegram", found.is_well, found.says)


# OnDemand
# ------------------------------------------------------------------------------------------

_Look = Callable[[OnDemandClient, Settings], Awaitable[str]]


async def _ondemand(
    client: OnDemandClient, settings: Settings, patience: float
) -> AsyncIterator[Finding]:
    """The door first; what lies behind it only if it opens."""
    looks: dict[str, _Look] = {
        "ondemand": _door,
        "endpoint": _endpoint,
        "plugins": _plugins,
        "services": _services,
    }
    for part, look_at in looks.items():
        try:
            async with asyncio.timeout(patience):
                finding = Finding(part, is_well=True, says=await look_at(client, settings))
        except _UnwellError as unwell:
            finding = Finding(part, is_well=False, says=str(unwell))
        except TimeoutError:
            says = f"{settings.ondemand_api_url} gave no answer within {patience:g} seconds"
            finding = Finding(part, is_well=False, says=says)
        except OnDemandError as error:
            finding = Finding(part, is_well=False, says=_trouble(error, settings))
        yield finding
        if look_at is _door and not finding.is_well:
            return


def _trouble(error: OnDemandError, settings: Settings) -> str:
    match error:
        case KeyRefusedError():
            return f"ONDEMAND_API_KEY is refused ({error}); make a new one in the dashboard"
        case UnreachableError():
            return f"{settings.ondemand_api_url} cannot be reached"
    return f"{settings.ondemand_api_url} fails: {error}"


async def _door(client: OnDemandClient, settings: Settings) -> str:
    """Whether the key is taken. Costs one call that lists nothing."""
    async for _ in client.chat.sessions(external_user_id=_NOBODY):
        break
    return f"{settings.ondemand_api_url} accepts ONDEMAND_API_KEY"


async def _endpoint(client: OnDemandClient, settings: Settings) -> str:
    """Whether the model lives. Costs one call."""
    registry = await client.catalog.endpoints()
    chosen = choose(registry)
    if chosen is None:
        raise _UnwellError("no model endpoint is active and streams")
    wanted = settings.ondemand_endpoint_id
    if not wanted:
        return f"{chosen.id} would be chosen; it is active and streams"
    found = next((each for each in registry if each.id == wanted), None)
    if found is None:
        trouble = "is not in the registry"
    elif not found.is_active:
        trouble = "is inactive"
    elif not found.streams:
        trouble = "does not stream"
    else:
        return f"{wanted} is active and streams"
    raise _UnwellError(
        f"{wanted} {trouble}; set ONDEMAND_ENDPOINT_ID to {chosen.id}, or leave it empty"
    )


async def _plugins(client: OnDemandClient, settings: Settings) -> str:
    """Whether the plugins of a new chat can be used, as far as the list tells. Costs a call or two.

    An empty list proves nothing: many accounts get one although the built-in plugins work.
    """
    wanted = settings.ondemand_plugin_ids
    if not wanted:
        return "ONDEMAND_PLUGIN_IDS is empty: none are on in a new chat"
    listed = {_number(each.id): each async for each in client.catalog.plugins()}
    if not listed:
        return f"the account lists no plugins, so nothing is known of {', '.join(wanted)}"
    missing, off = [], []
    for each in wanted:
        plugin = listed.get(_number(each))
        if plugin is None or not plugin.is_subscribed:
            missing.append(each)
        elif not plugin.is_active:
            off.append(each)
    troubles = [f"not subscribed to {', '.join(missing)}"] if missing else []
    troubles += [f"switched off: {', '.join(off)}"] if off else []
    if troubles:
        raise _UnwellError("; ".join(troubles))
    return f"subscribed to {', '.join(wanted)}"


def _number(plugin_id: str) -> str:
    """What `plugin-…` and `agent-…` have in common."""
    return plugin_id.strip().removeprefix("plugin-").removeprefix("agent-")


async def _services(client: OnDemandClient, _settings: Settings) -> str:
    """Whether the services are subscribed.

    Nothing tells it but a call to each. Speaking and translating two letters costs two letters
    each, and proves that results can be fetched. What is to be heard is an address that leads
    nowhere: it is refused in other words by a service that is subscribed, and costs nothing.
    """
    probes: dict[str, Awaitable[object]] = {
        "speech to text": _heard_nothing(client),
        "text to speech": client.services.text_to_speech("Hi"),
        "translation": client.services.translate("Hi", "es"),
    }
    results = await asyncio.gather(*probes.values(), return_exceptions=True)
    unsubscribed, troubles = [], []
    for service, result in zip(probes, results, strict=True):
        match result:
            case NotSubscribedError():
                unsubscribed.append(service)
            case OnDemandError():
                troubles.append(f"{service} fails: {result}")
            case BaseException():
                raise result
    if unsubscribed:
        troubles.insert(0, f"not subscribed to {', '.join(unsubscribed)}; do so in the dashboard")
    if troubles:
        raise _UnwellError("; ".join(troubles))
    return f"subscribed to {', '.join(probes)}"


async def _heard_nothing(client: OnDemandClient) -> None:
    try:
        await client.services.speech_to_text("https://nowhere.invalid/silence.mp3")
    except NotSubscribedError:
        raise
    except RefusedError:
        return


# Our own side
# ------------------------------------------------------------------------------------------


async def _sound(studio: Studio) -> Finding:
    """Whether speech becomes a voice note and a voice note MP3, in a process made for that."""
    try:
        note = await studio.voice(_tone())
        await studio.prepare(note.content, accepts=frozenset({"mp3"}))
    except AudioError as error:
        says = f"no voice note can be made ({error}); install the bot anew, or give it more memory"
        return Finding("sound", is_well=False, says=says)
    return Finding("sound", is_well=True, says="voice notes can be made, and made MP3")


def _tone() -> bytes:
    """Half a second of 400 Hz."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((20 * b"\x00\x20" + 20 * b"\x00\xe0") * 200)
    return written.getvalue()


def _data_key(settings: Settings) -> str:
    if settings.data_key:
        return f"DATA_KEY gives {len(settings.data_key)}"
    if find_cipher(settings):
        return f"{KEY_FILE} holds one; keep a copy of it apart from the database"
    require_makeable(KEY_FILE)
    return f"{KEY_FILE} will be made at the first start"


def _database(settings: Settings) -> str:
    url = parse(settings.database_url.get_secret_value())
    revision, keys_used = look(url)
    cipher = find_cipher(settings)
    require_keys(keys_used, cipher.fingerprints if cipher else ())
    if revision is None:
        return f"{shown(url)} is empty; the first start fills it"
    if revision > head():
        return f"{shown(url)} has revision {revision} of a newer version, on which this one works"
    if revision < head():
        return f"{shown(url)} has revision {revision}; the next start brings it to {head()}"
    return f"{shown(url)} is at revision {revision}, the newest"
