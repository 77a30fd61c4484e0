"""Telegram on loopback: the Bot API strict and offline, people to drive it, faults on request.

It is written from what is known of Telegram and shares nothing with our bot, so that a mistake in
one is not repeated by the other. `api.json` holds the facts of Bot API 10.3 it checks calls by.
"""

from bot.sandbox.telegram.groups import Bot, Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sandbox import TOKEN, TelegramSandbox
from bot.sandbox.telegram.sight import Button, CallbackAnswer, Entity, NotSeenError, Read
from bot.sandbox.telegram.traces import Action, Call, Draft, Violation

__all__ = [
    "TOKEN",
    "Action",
    "Bot",
    "Button",
    "Call",
    "CallbackAnswer",
    "Draft",
    "Entity",
    "Group",
    "NotSeenError",
    "Person",
    "Read",
    "TelegramSandbox",
    "Violation",
]
