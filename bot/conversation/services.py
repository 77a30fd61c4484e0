"""The world, as it is handed to the use cases."""

from asyncio import Lock, Semaphore
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.audio import Studio
from bot.clock import Clock
from bot.conversation.chosen import Chosen
from bot.conversation.door import Door
from bot.conversation.models import Models
from bot.conversation.plugins import Catalogue
from bot.conversation.quotas import Quotas
from bot.conversation.surface import Surface
from bot.conversation.turns import Running
from bot.ondemand import OnDemandClient
from bot.storage import Store


@dataclass(frozen=True, slots=True)
class Services:
    """What the use cases are handed of the world."""

    surface: Surface
    client: OnDemandClient
    store: Store
    studio: Studio
    clock: Clock
    models: Models
    running: Running
    chosen: Chosen
    #: The plugins there are, and those that are on unless somebody chose others.
    catalogue: Catalogue
    #: How many recordings are fetched and given away at the same time: each is held twice.
    ears: Semaphore = field(default_factory=lambda: Semaphore(8))
    #: Words that are being made speech, by voice: whoever wants the same waits and pays nothing.
    speaking: "WeakValueDictionary[tuple[str, str], Lock]" = field(
        default_factory=WeakValueDictionary
    )
    #: Words that are being translated, by text and language.
    translating: "WeakValueDictionary[tuple[str, str], Lock]" = field(
        default_factory=WeakValueDictionary
    )
    #: What may be used in a day.
    quotas: Quotas = field(default_factory=Quotas)
    #: How the bot is entered.
    door: Door = field(default_factory=Door)
