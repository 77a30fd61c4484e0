"""The demo: both remote APIs on loopback, the real bot between them, and a page to talk to it.

It imports nothing of the house either: the bot is a process of its own, as everywhere.
"""

from bot.sandbox.demo.demo import DemoError, Options, play

__all__ = ["DemoError", "Options", "play"]
