"""The one table of environment variables.

A field is a variable: `database_url` is read from `DATABASE_URL`, then from `.env` in the working
directory. An empty value counts as absent. `docs/settings.md` and `.env.example` are compared with
this table by a test, so the descriptions here are what an operator reads.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

#: Characters. Longer than any honest value, short enough to never matter.
_LONGEST_VALUE = 16_384

#: What `run`, `web` and `worker` cannot start without.
REQUIRED_TO_RUN = ("TELEGRAM_BOT_TOKEN", "ONDEMAND_API_KEY")

#: Ids that stand for nobody in particular: Telegram's own service account, the anonymous admin of
#: any group and the author of any channel. Whoever writes there would be an admin of ours.
_NOBODYS_IDS = {777000, 1087968824, 136817688}


class SettingsError(Exception):
    """Values that cannot be used: a line for each variable, naming it but never its value."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not parts:
        raise ValueError("must hold something between its commas or be empty")
    return parts


def _secret(check: Callable[[str], object]) -> AfterValidator:
    """Check the text inside a secret without letting it out."""

    def inside(secret: SecretStr) -> SecretStr:
        check(secret.get_secret_value())
        return secret

    return AfterValidator(inside)


def _shape(pattern: str, says: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValueError(says)

    return check


_token = _shape(
    r"[0-9]{6,}:[A-Za-z0-9_-]{30,}", "must look like 123456789:ABC…, as @BotFather shows it"
)
_key = _shape(r"[!-~]{8,}", "must be the key as the dashboard shows it, without spaces")
_webhook_secret = _shape(
    r"[A-Za-z0-9_-]{32,256}", "must be 32 to 256 characters of A-Z a-z 0-9 _ -"
)


def _data_key(value: str) -> None:
    try:
        size = len(base64.b64decode(value, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size != 32:
        raise ValueError(
            "must be 32 random bytes in URL-safe base64 (44 characters), "
            "or several of these with commas, the newest first"
        )


def _split_url(value: str, *, example: str) -> SplitResult:
    """The parts of an address, or a `ValueError` that does not repeat it."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(f"must be an address like {example}") from None
    return parts


def _database_url(value: str) -> None:
    example = "sqlite:///data/bot.db or postgresql://user:password@host/name"
    if not _split_url(value, example=example).scheme or "://" not in value:
        raise ValueError(f"must be an address like {example}")


def _passwords(url: str) -> set[str]:
    """Whatever may be the password in the address of a database; rather one too many."""
    shapes = (
        r"://[^:/]*:([^@]*)@",  # As the address is understood when it is opened.
        r"://[^:/]*:(.*)@",  # As it was meant by somebody who left an @ unescaped.
        r"[?&](?:ssl)?password=([^&]*)",
    )
    written = {password for shape in shapes for password in re.findall(shape, url)}
    return {form for password in written for form in (password, unquote(password)) if form}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_url(value: str) -> str:
    """An address of a server, without the slash at its end."""
    parts = _split_url(value, example="https://example.org")
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in value:
        raise ValueError("must be an address like https://example.org")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be an address without user name, query or fragment")
    return value.rstrip("/")


def _public_url(value: str) -> str:
    parts = urlsplit(_web_url(value))
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must start with https://, as Telegram calls no other address")
    return value.rstrip("/")


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("must be an address of this machine, like 0.0.0.0 or 127.0.0.1") from None


def _admin(value: int) -> int:
    if not 0 < value < 2**52 or value in _NOBODYS_IDS:
        raise ValueError("must be ids of people, not of groups, channels or Telegram itself")
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


WebURL = Annotated[str, AfterValidator(_web_url)]


class Settings(BaseSettings):
    """What the operator decided. Immutable; secrets are hidden in its `repr`."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    telegram_bot_token: Annotated[SecretStr, _secret(_token)] | None = Field(
        None, description="The bot's token from @BotFather. Required to run."
    )
    ondemand_api_key: Annotated[SecretStr, _secret(_key)] | None = Field(
        None, description="The key from the OnDemand dashboard. Required to run."
    )
    telegram_api_url: WebURL = Field(
        "https://api.telegram.org",
        description="Where the Bot API is; a local Bot API server fits.",
    )
    telegram_calls_per_second: int = Field(
        30,
        ge=5,
        le=1000,
        description="Calls over all chats; Telegram publishes 30, and 1000 for paid broadcasts.",
    )
    ondemand_api_url: WebURL = Field(
        "https://api.on-demand.io", description="Where the OnDemand API is."
    )
    ondemand_endpoint_id: str | None = Field(
        None,
        max_length=200,
        description="The model. Empty: the first active one of our ordered preferences.",
    )
    ondemand_plugin_ids: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = Field(
        (), description="Plugins that are on in a new chat, with commas."
    )
    ondemand_queries_per_minute: int = Field(
        100, ge=1, le=100_000, description="Questions the account may ask in a minute, by its plan."
    )
    ondemand_uploads_per_minute: int = Field(
        5, ge=1, le=100_000, description="Files the account may upload in a minute, by its plan."
    )
    database_url: Annotated[SecretStr, _secret(_database_url)] = Field(
        SecretStr("sqlite:///data/bot.db"),
        description="`sqlite:///` and a path, or `postgresql://user:password@host/name`.",
    )
    webhook_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None, description="The bot's public address. Set: webhook. Empty: long polling."
    )
    webhook_secret: Annotated[SecretStr, _secret(_webhook_secret)] | None = Field(
        None, description="32 to 256 characters that Telegram sends along. Required with a webhook."
    )
    port: int = Field(
        8080,
        ge=0,
        le=65535,
        description="Port of webhook, `/healthz`, `/readyz` and `/metrics`. `0`: none of them.",
    )
    listen_address: Annotated[str, AfterValidator(_address)] | None = Field(
        None,
        description="Where the port is opened. Empty: `0.0.0.0` with a webhook, else `127.0.0.1`.",
    )
    admin_user_ids: Annotated[
        tuple[Annotated[int, AfterValidator(_admin)], ...], NoDecode, BeforeValidator(_split)
    ] = Field((), description="Numeric Telegram ids of the admins, with commas.")
    access: Annotated[Literal["open", "invite", "allowlist"], BeforeValidator(_lower)] = Field(
        "open", description="Who may use the bot: `open`, `invite` or `allowlist`."
    )
    quota_questions_per_day: int | None = Field(
        None, ge=1, le=10**9, description="Questions of a person in a day. Empty: no limit."
    )
    quota_tokens_per_day: int | None = Field(
        None, ge=1, le=10**12, description="Tokens of a person in a day. Empty: no limit."
    )
    quota_voice_seconds_per_day: int | None = Field(
        None,
        ge=1,
        le=10**9,
        description="Seconds of voice of a person in a day, heard and spoken. Empty: no limit.",
    )
    quota_translations_per_day: int | None = Field(
        None, ge=1, le=10**9, description="Translations of a person in a day. Empty: no limit."
    )
    quota_bot_questions_per_day: int | None = Field(
        None,
        ge=1,
        le=10**9,
        description="Questions of everybody in a day; then the bot stops. Empty: no limit.",
    )
    rate_questions_at_once: int = Field(
        10, ge=1, le=10_000, description="Questions that a person may ask at once."
    )
    rate_seconds_per_question: int = Field(
        6, ge=1, le=86_400, description="Seconds after which a person may ask one more."
    )
    data_key: Annotated[
        tuple[Annotated[SecretStr, _secret(_data_key)], ...], NoDecode, BeforeValidator(_split)
    ] = Field(
        (),
        description="Key of the texts at rest; several with commas to rotate, the newest first. "
        "Empty: made once into `data/key`.",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = (
        Field("INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] | None = Field(
        None, description="`console` or `json`. Empty: console on a terminal, JSON elsewhere."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        """One line of sane length, without the spaces a copy and paste brings along."""
        if not isinstance(value, str):
            return value
        value = value.strip(" ")
        if not value.isprintable():
            raise ValueError("must be one line without control characters")
        if len(value) > _LONGEST_VALUE:
            raise ValueError(f"must not be longer than {_LONGEST_VALUE} characters")
        return value

    @model_validator(mode="after")
    def _webhook_needs_its_secret(self) -> "Settings":
        if self.webhook_url and not self.webhook_secret:
            raise ValueError("WEBHOOK_SECRET is required when WEBHOOK_URL is set")
        if self.webhook_url and not self.port:
            raise ValueError("PORT must not be 0 when WEBHOOK_URL is set")
        return self

    @classmethod
    def load(cls) -> "Settings":
        """Read the environment and `.env`.

        Raises `SettingsError` with one line for each variable that cannot be used.
        """
        try:
            _require_whole_lines(Path(".env"))
            return cls()
        except ValidationError as error:
            raise SettingsError(*_complaints(error)) from None
        except UnicodeDecodeError:
            raise SettingsError(".env must be a text file in UTF-8") from None
        except OSError as error:
            raise SettingsError(f".env cannot be read: {error.strerror}") from None

    def secrets(self) -> list[str]:
        """Every value that must never be shown, for the redactor of the logs."""
        alone = [self.telegram_bot_token, self.ondemand_api_key, self.webhook_secret]
        return [
            *(secret.get_secret_value() for secret in [*alone, *self.data_key] if secret),
            *_passwords(self.database_url.get_secret_value()),
        ]

    def missing(self) -> list[str]:
        """The variables that running needs and that are not there."""
        return [name for name in REQUIRED_TO_RUN if getattr(self, name.lower()) is None]


def _require_whole_lines(file: Path) -> None:
    """Raise `SettingsError` for a line that would silently count as absent. Read by its own parser.

    A pipe is left alone: it can be read once only.
    """
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as stream:
        broken = [binding.original.line for binding in parse_stream(stream) if binding.error]
    if broken:
        raise SettingsError(
            *(f".env: line {line} must be NAME=value, with quotes closed" for line in broken)
        )


def _complaints(error: ValidationError) -> Iterator[str]:
    """One line for each variable: its name, and what it must be."""
    told = set()
    for detail in error.errors(include_input=False, include_url=False, include_context=False):
        field = detail["loc"][0] if detail["loc"] else None
        if field not in told:
            told.add(field)
            must = re.sub(r"^(Input|String) should", "must", detail["msg"])
            must = re.sub(r"^Unable to parse input string as", "must be", must)
            must = must.removeprefix("Value error, ")
            must = re.split(", (?:unable|exceeded)", must)[0]
            yield f"{str(field).upper()} {must}" if field else must
