"""The one table of menus: which feature a menu belongs to, by its kind."""

from collections.abc import Mapping
from typing import Final

from bot.conversation.menus import Feature
from bot.conversation.plugins_menu import PluginsMenu
from bot.conversation.voice_menu import VoiceMenu

FEATURES: Final[Mapping[str, Feature]] = {"voice": VoiceMenu(), "plugins": PluginsMenu()}
