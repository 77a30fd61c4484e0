"""The world, as it is handed to the use cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.audio import Studio
from bot.clock import Clock
from bot.conversation.models import Models
from bot.conversation.settings import Chosen
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
    #: Plugins that are on unless somebody chose others.
    plugins: Sequence[str] = ()
