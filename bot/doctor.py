"""`ondemand-bot doctor`: looks at everything the bot needs, a line each, and changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot import app
from bot.settings import Settings
from bot.storage import StorageError, head, look, parse, require_keys, require_makeable, shown


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one part."""

    part: str
    is_well: bool
    says: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one part after the other. A part that cannot be looked at is a finding, too."""
    yield _given("telegram", settings.telegram_bot_token is not None, "TELEGRAM_BOT_TOKEN")
    yield _given("ondemand", settings.ondemand_api_key is not None, "ONDEMAND_API_KEY")
    for part, check in (("data key", _data_key), ("database", _database)):
        try:
            yield Finding(part, is_well=True, says=check(settings))
        except StorageError as error:
            yield Finding(part, is_well=False, says=str(error))


def _given(part: str, is_given: bool, name: str) -> Finding:
    return Finding(part, is_given, f"{name} is {'given' if is_given else 'missing'}")


def _data_key(settings: Settings) -> str:
    if settings.data_key:
        return f"DATA_KEY gives {len(settings.data_key)}"
    if app.find_cipher(settings):
        return f"{app.KEY_FILE} holds one; keep a copy of it apart from the database"
    require_makeable(app.KEY_FILE)
    return f"{app.KEY_FILE} will be made at the first start"


def _database(settings: Settings) -> str:
    url = parse(settings.database_url.get_secret_value())
    revision, keys_used = look(url)
    cipher = app.find_cipher(settings)
    require_keys(keys_used, cipher.fingerprints if cipher else ())
    if revision is None:
        return f"{shown(url)} is empty; the first start fills it"
    if revision != head():
        return f"{shown(url)} has revision {revision}; the next start brings it to {head()}"
    return f"{shown(url)} is at revision {revision}, the newest"
