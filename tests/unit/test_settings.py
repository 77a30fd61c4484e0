"""Settings: what an operator may write, and what they are told when it cannot be used."""

import base64
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.settings import Settings, SettingsError

TOKEN = "1234567890:AAabcdefghijklmnopqrstuvwxyz0123456"
KEY = "canary-ondemand-key-0123456789"
SECRET = "canary_webhook_secret-0123456789abcdef"

#: For each variable: values that are of the wrong kind. None of them may be shown again.
WRONG = {
    "TELEGRAM_BOT_TOKEN": ["not-a-token", "12:short", "１２３４５６７:" + "A" * 35],
    "ONDEMAND_API_KEY": ["two words of a key", "kurz", "schlüssel-mit-umlaut"],
    "TELEGRAM_API_URL": ["api.telegram.org", "ftp://api.telegram.org", "http://[::1", "https:///x"],
    "ONDEMAND_API_URL": ["https://u:hunter22@host", "https://host?x=1", "https://host:99999"],
    "ONDEMAND_ENDPOINT_ID": ["x" * 201],
    "DATABASE_URL": ["/srv/bot.db", "postgresql://u:hunter22@[::1/x", "postgresql://h:port/x"],
    "WEBHOOK_URL": ["http://bot.example.org", "bot.example.org", "https://[bad"],
    "WEBHOOK_SECRET": ["tooshort", "x" * 257, "with spaces in it, and long enough to count"],
    "PORT": ["http", "65536", "80.5", "-1", "9" * 5000],
    "ADMIN_USER_IDS": ["anna", "1,two", "-100123", "777000", "1087968824", "9" * 40, ","],
    "ACCESS": ["everybody", "1"],
    "DATA_KEY": [
        "hunter22hunter22",
        "A" * 44,
        base64.urlsafe_b64encode(bytes(32)).decode() + ",x",
        ",",
    ],
    "LOG_LEVEL": ["LOUD", "10"],
    "LOG_FORMAT": ["xml"],
}


def complaints(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, ...]:
    """What an operator is told about these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    return refused.value.lines


def test_nothing_set_gives_the_documented_defaults() -> None:
    """I can start with an empty environment and get the defaults of the documents."""
    settings = Settings.load()

    assert settings.database_url.get_secret_value() == "sqlite:///data/bot.db"
    assert settings.port == 8080
    assert settings.access == "open"
    assert settings.missing() == ["TELEGRAM_BOT_TOKEN", "ONDEMAND_API_KEY"]


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """I may leave the value of a line in my .env empty."""
    monkeypatch.setenv(name, "")

    assert Settings.load() == Settings()


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_one_line_that_does_not_repeat_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """I am told which variable is wrong, in one line that shows no secret."""
    lines = complaints(monkeypatch, **{name: value})

    assert len(lines) == 1
    assert lines[0].startswith(f"{name} must ")
    assert value not in lines[0]
    assert "hunter22" not in lines[0]
    assert "\n" not in lines[0]


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
@pytest.mark.parametrize(
    "value",
    ["x" * 100_000, "first\nsecond", "bell\a", "\u2028separator"],
    ids=["huge", "newline", "control character", "line separator"],
)
def test_a_huge_or_broken_line_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Whichever variable I paste a novel or a newline into, I am told so in one line."""
    (line,) = complaints(monkeypatch, **{name: value})

    assert line.startswith(f"{name} must ")
    assert len(line) < 200


def test_all_wrong_variables_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """I mend three mistakes after one start, not after three."""
    lines = complaints(monkeypatch, PORT="x", ACCESS="x", LOG_LEVEL="x")

    assert [line.split()[0] for line in lines] == ["PORT", "ACCESS", "LOG_LEVEL"]


def test_a_webhook_without_its_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """I cannot open a webhook that anybody could post to."""
    lines = complaints(monkeypatch, WEBHOOK_URL="https://bot.example.org")

    assert lines == ("WEBHOOK_SECRET is required when WEBHOOK_URL is set",)


def test_lists_levels_and_addresses_are_read_as_people_write_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spaces, a slash at the end and the wrong case are forgiven."""
    monkeypatch.setenv("ADMIN_USER_IDS", " 12, 13 ,")
    monkeypatch.setenv("ONDEMAND_PLUGIN_IDS", "plugin-1,plugin-2")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://telegram:8081/")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f" {TOKEN} ")

    settings = Settings.load()

    assert settings.admin_user_ids == (12, 13)
    assert settings.ondemand_plugin_ids == ("plugin-1", "plugin-2")
    assert settings.telegram_api_url == "http://telegram:8081"
    assert settings.log_level == "DEBUG"
    assert settings.secrets() == [TOKEN]


def test_the_env_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """I keep my values in .env and override one for a single run."""
    (tmp_path / ".env").write_text("PORT=9000\nACCESS=invite\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "9001")

    settings = Settings.load()

    assert (settings.port, settings.access) == (9001, "invite")


def test_an_env_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """A binary .env is told, not traced."""
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")

    with pytest.raises(SettingsError, match="UTF-8"):
        Settings.load()


@pytest.mark.parametrize(
    "line", ['PORT="9000', "PORT='9000", "PORT 9000", 'PORT="9000" 9001'], ids=repr
)
def test_a_broken_line_of_the_env_file_is_refused(tmp_path: Path, line: str) -> None:
    """A quote I forgot to close does not silently give me the default."""
    (tmp_path / ".env").write_text(f"ACCESS=invite\n{line}\n")

    with pytest.raises(SettingsError) as refused:
        Settings.load()

    assert refused.value.lines == (".env: line 2 must be NAME=value, with quotes closed",)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://bot@db/x?password=hunter22", "hunter22"),
        ("postgresql://bot@db/x?sslmode=require&sslpassword=hunt%40er22", "hunt@er22"),
        ("postgresql://bot:12/hunter22@db/x", "12/hunter22"),
        ("postgresql://bot:p@ss-hunter22@db/x", "p@ss-hunter22"),
    ],
)
def test_the_password_of_the_database_is_found_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, url: str, password: str
) -> None:
    """However I write the password into DATABASE_URL, it is known as a secret."""
    monkeypatch.setenv("DATABASE_URL", url)

    assert password in Settings.load().secrets()


def test_no_secret_is_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever prints the settings by accident prints no secret."""
    data_key = Fernet.generate_key().decode()
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("ONDEMAND_API_KEY", KEY)
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("DATA_KEY", data_key)
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:p%40ss-hunter22@localhost/bot")

    settings = Settings.load()

    shown = repr(settings) + str(settings) + repr(settings.model_dump())
    assert set(settings.secrets()) == {
        TOKEN,
        KEY,
        SECRET,
        data_key,
        "p%40ss-hunter22",
        "p@ss-hunter22",
    }
    assert [secret for secret in settings.secrets() if secret in shown] == []
