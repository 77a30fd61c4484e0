"""Every sentence the bot says by itself, in each language it speaks.

English stands here and gives every phrase its name; `bot/locales` has the translations. Failures
say what happened, then what to do, then a reference that an operator can find in the log.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

#: The languages the bot speaks, by their two-letter codes. The first is spoken where no other is.
LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "ru", "zh")

#: The words, by name. Names are what translations and the steps of a turn refer to.
ENGLISH: Mapping[str, str] = {
    "start": (
        "Hello! I am your assistant.\n\n"
        "Write me anything, and the answer grows here while I think.\n\n"
        "/new starts a fresh conversation, /stop ends an answer, /help tells more."
    ),
    "help": (
        "**What I can do**\n\n"
        "• Write, and I answer. I remember what we said in this conversation.\n"
        "• Edit your last question, and I answer it anew.\n"
        "• ↻ Again under an answer tries once more, ■ Stop ends one that grows.\n"
        "• In a group, mention me, reply to me, or use /ask.\n\n"
        "{commands}"
    ),
    "new": "A fresh conversation. What would you like to know?",
    "stop nothing": "Nothing is being answered right now.",
    "stopped": "Stopped.",
    "ask usage": "Write your question after the command: /ask How tall is the Eiffel Tower?",
    "no access": "This bot is private. Its operator can let you in: your number is {user}.",
    "admins only": "This is for the operators of this bot.",
    "admin usage": (
        "/admin admit 123456 lets a person in by their number, "
        "/admin dismiss 123456 lets them out again."
    ),
    "admitted": "{user} may use the bot now.",
    "dismissed": "{user} may no longer use the bot.",
    "slow down": "That was a lot at once. Please try again in {seconds} s.",
    "cannot see": "I can read text so far. Please write me your question.",
    "stop": "■ Stop",
    "again": "↻ Again",
    "press old": "This button no longer works.",
    "press foreign": "Only the person who asked can press this.",
    "cut off": "_The answer was cut off here._",
    "stopped here": "_Stopped here._",
    "no answer": "I could not find an answer. Try asking in other words.",
    "unreachable": (
        "I cannot reach the assistant right now. Your question is kept, and I keep trying. `{ref}`"
    ),
    "queued": (
        "The assistant has a lot to do right now. "
        "Your question is kept, and answered as soon as it can be. `{ref}`"
    ),
    "gave up": "I could not answer this. Please ask again in a while. `{ref}`",
    "unseen": (
        "Telegram does not tell whether my answer reached you. If it does not stand above, please "
        "ask again. `{ref}`"
    ),
    "out of service": (
        "The assistant is out of service at the moment; its operator has been told. `{ref}`"
    ),
    "too long": (
        "This is more than the assistant can hold. "
        "/new starts a fresh conversation, then ask again. `{ref}`"
    ),
    "refused subject": ("The assistant does not want to talk about this. Try other words. `{ref}`"),
    "plugin timeout": (
        "A tool took too long and gave nothing back. Ask again, or in other words. `{ref}`"
    ),
    "not understood": "The assistant did not take this question. Try asking differently. `{ref}`",
    # What stands in an empty chat with the bot (at most 512 characters), and in its profile (120).
    "about": (
        "Ask me anything: the answer grows on your screen while I think.\n\n"
        "I remember what we talked about, answer anew when you edit your question, "
        "and help in groups when you mention me."
    ),
    "about short": "Your assistant: ask anything, alone or in a group, and watch the answer grow.",
    # What each command does, as menus and the help say it.
    "/start": "Say hello",
    "/ask": "Ask the assistant",
    "/new": "Start a fresh conversation",
    "/stop": "Stop the answer that is growing",
    "/help": "What I can do",
}


def say(name: str, language: str, /, **values: object) -> str:
    """A sentence with its values filled in; in English where we do not speak the language."""
    return _phrases(closest(language))[name].format(**values)


def closest(tag: object) -> str:
    """The language we speak that comes closest to an IETF tag, such as `pt` to `pt-BR`.

    Takes whatever stands where a tag should: nothing, or nonsense, is answered in English.
    """
    main = tag.replace("_", "-").partition("-")[0].lower() if isinstance(tag, str) else ""
    return main if main in LANGUAGES else LANGUAGES[0]


@cache
def _phrases(language: str) -> Mapping[str, str]:
    """All phrases of a language we speak. Its file is read when it is first needed."""
    if language == LANGUAGES[0]:
        return ENGLISH
    file = files("bot") / "locales" / f"{language}.toml"
    return {**ENGLISH, **tomllib.loads(file.read_text("utf-8"))}
