"""Delivery: what was accepted is worked on, in order, until it is done or given up.

It has never heard of what is delivered. An arrival has a lane, and a lane is drained one turn after
the other; what a turn did is remembered in a journal, so that the next attempt goes on from there.
"""

from bot.delivery.inbox import Inbox
from bot.delivery.journal import Turn
from bot.delivery.lanes import Drain, HopelessError, PostponedError, Work
from bot.delivery.local import LocalDispatcher
from bot.delivery.peers import Peers

__all__ = [
    "Drain",
    "HopelessError",
    "Inbox",
    "LocalDispatcher",
    "Peers",
    "PostponedError",
    "Turn",
    "Work",
]
