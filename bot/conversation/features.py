"""The one table of menus: which feature a menu belongs to, by its kind."""

from collections.abc import Mapping
from typing import Final

from bot.conversation.admin_menu import AdminMenu
from bot.conversation.chats_menu import ChatsMenu
from bot.conversation.menus import Feature
from bot.conversation.plugins_menu import PluginsMenu
from bot.conversation.privacy_menu import PrivacyMenu
from bot.conversation.reads_menu import ReadsMenu
from bot.conversation.settings_menu import GroupSettingsMenu, SettingsMenu
from bot.conversation.translate_menu import TranslateMenu
from bot.conversation.voice_menu import VoiceMenu

FEATURES: Final[Mapping[str, Feature]] = {
    "admin": AdminMenu(),
    "chats": ChatsMenu(),
    "settings": SettingsMenu(),
    "group settings": GroupSettingsMenu(),
    "plugins": PluginsMenu(),
    "reads": ReadsMenu(),
    "translate": TranslateMenu(),
    "voice": VoiceMenu(),
    "privacy": PrivacyMenu(),
}
