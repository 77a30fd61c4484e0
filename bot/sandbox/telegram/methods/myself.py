"""Methods about the bot itself: who it is, its commands, its texts."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.methods.targets import Parameters
from bot.sandbox.telegram.profile import scope_of
from bot.sandbox.telegram.refusals import bad
from bot.sandbox.telegram.views import user_json

MOST_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")


def get_me(cloud: Cloud, _: Parameters) -> Any:
    """Tell the bot who it is and what it may."""
    return {
        **user_json(cloud.bot),
        "can_join_groups": True,
        "can_read_all_group_messages": not cloud.privacy,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": cloud.private_topics,
        "allows_users_to_create_topics": cloud.private_topics,
        "can_manage_bots": False,
    }


def set_commands(cloud: Cloud, p: Parameters) -> bool:
    """Set the list of commands for a scope and a language."""
    if len(p["commands"]) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in p["commands"]:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not command["description"].strip():
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    cloud.profile.commands[scope_of(p.get("scope")), _language(p)] = p["commands"]
    cloud.changes.tell()
    return True


def get_commands(cloud: Cloud, p: Parameters) -> Any:
    """Return the commands set for exactly this scope and language."""
    return list(cloud.profile.commands.get((scope_of(p.get("scope")), _language(p)), ()))


def delete_commands(cloud: Cloud, p: Parameters) -> bool:
    """Forget the commands of a scope and a language."""
    cloud.profile.commands.pop((scope_of(p.get("scope")), _language(p)), None)
    cloud.changes.tell()
    return True


def _language(p: Parameters) -> str:
    language: str = p.get("language_code", "")
    if not _LANGUAGE.fullmatch(language):
        raise bad("invalid language code specified")
    return language


def _set_text(which: str, cloud: Cloud, p: Parameters) -> bool:
    """Set a text about the bot in a language; an empty one takes it back."""
    cloud.profile.texts[which, _language(p)] = p.get(which, "")
    return True


def _get_text(which: str, cloud: Cloud, p: Parameters) -> Any:
    """Return a text about the bot in a language."""
    default = cloud.bot.first_name if which == "name" else ""
    return {which: cloud.profile.text(which, _language(p)) or default}


def set_menu_button(cloud: Cloud, p: Parameters) -> bool:
    """Set what the button beside the input field does."""
    cloud.profile.menu_buttons[p.get("chat_id")] = p.get("menu_button", {"type": "default"})
    return True


def get_menu_button(cloud: Cloud, p: Parameters) -> Any:
    """Return what the button beside the input field does."""
    buttons = cloud.profile.menu_buttons
    return buttons.get(p.get("chat_id")) or buttons.get(None) or {"type": "commands"}


def set_admin_rights(cloud: Cloud, p: Parameters) -> bool:
    """Set which rights the bot asks for when it is made an administrator."""
    cloud.profile.admin_rights[p.get("for_channels", False)] = p.get("rights", {})
    return True


def get_admin_rights(cloud: Cloud, p: Parameters) -> Any:
    """Return which rights the bot asks for when it is made an administrator."""
    return cloud.profile.admin_rights.get(p.get("for_channels", False), {})


_TEXTS: dict[str, Callable[[Cloud, Parameters], Any]] = {}
for _which, _name in (
    ("name", "Name"),
    ("description", "Description"),
    ("short_description", "ShortDescription"),
):
    _TEXTS[f"setMy{_name}"] = partial(_set_text, _which)
    _TEXTS[f"getMy{_name}"] = partial(_get_text, _which)

HANDLERS = {
    **_TEXTS,
    "getMe": get_me,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
    "setChatMenuButton": set_menu_button,
    "getChatMenuButton": get_menu_button,
    "setMyDefaultAdministratorRights": set_admin_rights,
    "getMyDefaultAdministratorRights": get_admin_rights,
}
