"""Logs that never carry a secret.

The house logs through the standard library, `logging.getLogger(__name__)`, with fields in
`extra`. `configure` sends every record of the process, ours and the libraries', through one
handler that writes JSON or a console line and blacks out secrets in the finished text. What is
blacked out there cannot come back by way of an exception, a warning or a library's debug line.
"""

import base64
import io
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Literal, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

#: Libraries that are never heard below WARNING, whatever level the operator asks for, because
#: there they write secrets or people's words: httpx its URLs (the bot token is in every one), hpack
#: the request headers (the API key), telegram whole updates, aiosqlite every statement with its
#: values. Alembic only talks too much.
FLOORS = (
    "aiosqlite",
    "alembic",
    "hpack",
    "httpcore",
    "httpx",
    "procrastinate",
    "psycopg",
    "sqlalchemy",
    "telegram",
)

BLACKED_OUT = "[secret]"

#: Shorter secrets are not looked for: hiding every "bot" in a log hides the log.
_SHORTEST_SECRET = 6

#: A bot token wherever it stands. There is deliberately no word boundary in front: in
#: ".../bot123456:AA..." there is none between "t" and "1".
_TOKEN_SHAPE = r"\d{6,}(?::|%(?:25)*3[Aa])[A-Za-z0-9_-]{30,}"  # noqa: S105 - A shape, not a token.


def _base64_forms(secret: bytes) -> Iterator[str]:
    """The characters a secret always leaves in base64, wherever in a longer text it begins.

    Base64 packs three bytes into four characters, so a text has three faces, one for each
    position of its first byte. At both ends a character is shared with the neighbouring byte
    and left out here.
    """
    for shift, shared in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(bytes(shift) + secret).decode().rstrip("=")
        end = len(encoded) - (1 if (shift + len(secret)) % 3 else 0)
        face = encoded[shared:end]
        yield face
        yield face.replace("+", "-").replace("/", "_")


def _forms(secret: str) -> Iterator[str]:
    """Every way a secret is commonly written: plain, in a URL, in Python, in JSON, in base64."""
    quoted = quote(secret, safe="")
    for encoded in (quoted, quote(secret), quote_plus(secret), quote(quoted, safe="")):
        yield encoded
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    written = [secret, repr(secret)[1:-1], repr(secret.encode())[2:-1], *_json_forms(secret)]
    yield from written
    for text in written:  # Whatever is logged as JSON is written in it once more.
        yield from _json_forms(text)
    yield from _base64_forms(secret.encode())


def _json_forms(text: str) -> tuple[str, str]:
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


class Redactor:
    """Blacks out registered secrets, and anything shaped like a bot token, in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._pattern = re.compile(_TOKEN_SHAPE)
        self.register(*secrets)

    def register(self, *secrets: str) -> None:
        """Black these out from now on, in all their forms.

        A secret of fewer than six characters is left alone: it could not be told from text. Of a
        bot token the part behind the colon is a secret of its own: the part before it is no secret.
        """
        behind = [text.partition(":")[2] for text in secrets if re.fullmatch(_TOKEN_SHAPE, text)]
        for secret in (*secrets, *behind):
            if len(secret) >= _SHORTEST_SECRET:
                self._known.update(form for form in _forms(secret) if len(form) >= _SHORTEST_SECRET)
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(re.escape, longest_first), _TOKEN_SHAPE]))

    def __call__(self, text: str) -> str:
        """The text, with every secret in it replaced."""
        return self._pattern.sub(BLACKED_OUT, text)


#: What every line says beside its event.
_STAMPS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class _RedactedFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a record completely, exception included, and only then blacks out."""

    def __init__(self, redactor: Redactor, processors: list[Processor]) -> None:
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors],
            foreign_pre_chain=[*_STAMPS, structlog.stdlib.ExtraAdder()],
        )
        self.redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self.redactor(super().format(record))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream. A record that cannot be written is counted as one short line."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say that a line was lost, without the arguments the standard handler would print."""
        kind = type(sys.exc_info()[1]).__name__
        try:
            self.stream.write(f"a log line of {record.name} could not be written: {kind}\n")
        except (OSError, ValueError):
            # The stream itself is gone; there is nowhere left to say anything.
            return


def _escape(text: str, *, keep: str = "") -> str:
    """Control characters made visible: nobody writes a log line, or a colour, of their own."""
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


def _escape_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: value if key == "exc_info" else _one_line(value) for key, value in event.items()}


def _one_line(value: object) -> object:
    """The value, or its text where an object would write more than a line."""
    text = value if isinstance(value, str) else repr(value)
    return value if text.isprintable() else _escape(text)


def _traceback(out: TextIO, exc_info: ExcInfo) -> None:
    """A plain traceback. The renderer's own would use rich, which prints local variables."""
    plain = io.StringIO()
    structlog.dev.plain_traceback(plain, exc_info)
    out.write(_escape(plain.getvalue(), keep="\n"))


def _processors(form: Literal["console", "json"], *, colors: bool) -> list[Processor]:
    if form == "json":
        # json.dumps escapes every control character by itself.
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        _escape_fields,
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_traceback),
    ]


def configure(
    *,
    level: str,
    form: Literal["console", "json"] | None,
    redactor: Redactor,
    stream: TextIO | None = None,
) -> None:
    """Send all logging of this process through one redacted handler.

    `form` empty means console lines on a terminal and JSON elsewhere. Warnings and exceptions
    that nobody caught, in any thread, become log records too. An exception in an asyncio task is
    logged by asyncio itself and so takes the same way. May be called again: the last call counts.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    form = form or ("console" if terminal else "json")
    handler = _Handler(stream)
    handler.setFormatter(_RedactedFormatter(redactor, _processors(form, colors=terminal)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in FLOORS:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(capture=True)
    _take_in_structlog()
    _catch_the_uncaught()


def black_out(*secrets: str) -> None:
    """Black these out too from now on, in everything this process logs."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _RedactedFormatter):
            handler.formatter.redactor.register(*secrets)


def _take_in_structlog() -> None:
    """Send what libraries log by structlog the same way; by itself it prints to stdout.

    stamina tells every retry so, with the error that caused it.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_STAMPS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _catch_the_uncaught() -> None:
    """Turn the interpreter's three last resorts, which print as they like, into log records."""
    log = logging.getLogger("bot.uncaught")

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        log.critical("uncaught exception", exc_info=(kind, error, trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        # A thread that calls sys.exit() only ends itself.
        if args.exc_value is not None and args.exc_type is not SystemExit:
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    hook: Callable[..., None] = uncaught
    sys.excepthook = hook
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
