"""The world, as it is handed to the use cases."""

from dataclasses import dataclass

from bot.audio import Studio
from bot.clock import Clock
from bot.conversation.models import Models
from bot.conversation.plugins import Catalogue
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
    #: The plugins there are, and those that are on unless somebody chose others.
    catalogue: Catalogue
