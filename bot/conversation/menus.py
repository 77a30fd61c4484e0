"""Menus: messages whose buttons change them in place.

A button carries the name of its menu, a version and its own number, and nothing else. What it means
is in our row, for one person in one message: whoever forges a button can press only what was
offered to them, and an old one does nothing.

A feature is what one kind of menu shows and does. It is listed in `bot.conversation.features`.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, cast

from bot.conversation.deciding import is_among_those_who_decide
from bot.conversation.door import Door
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import Address, Button, Keyboard, Link, LostError, Ref
from bot.conversation.turns import Turn
from bot.storage import JSON, Menu, Transaction

log = logging.getLogger(__name__)

#: What the data of a menu's buttons begins with.
PREFIX = "m:"

#: What our buttons carry: a menu, its version, and which button of it. Forged ones carry anything.
_FORM = re.compile(
    PREFIX + r"(?P<name>[\w-]{1,22}):(?P<version>0|[1-9]\d*):(?P<number>0|[1-9]\d*)", re.ASCII
)

#: What begins so is for the admins of a group alone, among those who may press at all.
BY_ADMINS = "by admins"

#: Who may press the buttons of a menu, and reply to it: whoever opened it; in a group whoever may
#: choose for it; whoever opened it, while they are an operator.
Audience = Literal["opener", "group", "operators"]

#: Telegram lets a message be changed for so long.
LIFE = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a menu."""

    label: str
    #: What pressing it means to the feature; see `BY_ADMINS`.
    means: JSON
    #: Whether it is what holds now, which is ticked.
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """What a menu shows."""

    #: Markdown.
    text: str
    rows: Sequence[Sequence[Choice]] = ()
    #: What a reply to the message means, where it asks for words: they are put behind this.
    awaits: Sequence[JSON] | None = None
    #: What leads elsewhere, below the rest.
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    """What became of a press."""

    #: What the menu is about now; `None` closes it.
    state: JSON
    #: A word in return, as a phrase; none where the menu says enough.
    toast: str = ""
    #: What else is wished for; see `bot.telegram.wishes`.
    wish: str = ""
    #: What that is about.
    about: JSON = None
    #: Whether its message, which has no buttons, says already what the menu is now.
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Presser:
    """Who opens a menu or presses a button of it."""

    user: int
    language: str
    address: Address
    #: Telegram's word for the kind of chat.
    chat_kind: str
    #: The language of their app, an IETF tag, where it tells one.
    told: str | None
    at: datetime
    #: The door of the bot, for menus that let people in or write to them.
    door: Door


class Feature(Protocol):
    """What one kind of menu shows and does."""

    #: Who may press: whoever opened it; who chooses for the group, its admins or everybody; or
    #: operators.
    audience: Audience

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """What it shows in its state."""

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Do what a button or a reply means. Called once for each press, in one transaction."""

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Do what cannot be done in a transaction. Called after the press, perhaps again."""


Features = Mapping[str, Feature]


def fields_of(menu: Menu) -> dict[str, Any]:
    """The state of a menu that keeps it by names; empty where it is something else."""
    return cast("dict[str, Any]", menu.state) if isinstance(menu.state, dict) else {}


def turning(page: int, *, is_last: bool) -> list[list[Choice]]:
    """The row that turns pages, which mean `["page", number]`; none where there is only one."""
    row = [
        *([Choice("‹", ["page", page - 1])] if page else []),
        *([] if is_last else [Choice("›", ["page", page + 1])]),
    ]
    return [row] if row else []


async def open_menu(
    kind: str,
    state: JSON,
    presser: Presser,
    turn: Turn,
    services: Services,
    features: Features,
    *,
    reply_to: Ref | None = None,
) -> None:
    """Post a menu for this person, as a reply to a message that it is about."""
    address = presser.address

    async def begin(tx: Transaction) -> str:
        at = services.clock.now()
        await tx.users.meet(presser.user, language=presser.told, at=at)
        chat = await tx.chats.meet(address.chat, kind=presser.chat_kind, at=at)
        menu = await tx.menus.open(
            chat_id=chat.id,
            topic_id=address.topic or 0,
            user_id=presser.user,
            kind=kind,
            state=state,
            at=at,
        )
        return menu.name

    name = await turn.step_in("menu", begin)
    async with services.store.read() as tx:
        menu = await tx.menus.find(name)
    if menu is not None and menu.message_id is None:
        is_here = menu.chat_id == address.chat
        await _show(
            menu,
            _at(menu, presser),
            services,
            features[kind],
            reply_to=reply_to if is_here else None,
        )


async def press(
    data: str, ref: Ref, presser: Presser, turn: Turn, services: Services, features: Features
) -> Pressed:
    """Do what a button of a menu means, and show what the menu is then.

    A press that means nothing (any more) changes nothing and is answered with a word.
    """
    form = _FORM.fullmatch(data)
    if form is None:
        return Pressed(None, toast="press old")
    name, version, number = form["name"], int(form["version"]), int(form["number"])
    async with services.store.read() as tx:
        menu = await tx.menus.find(name)
    if menu is None or (menu.chat_id, menu.message_id) != (ref.chat, ref.message):
        return Pressed(None, toast="press old")
    feature = features.get(menu.kind)
    if feature is None or services.clock.now() - menu.opened_at > LIFE:
        return Pressed(None, toast="press old")
    is_known = number < len(menu.actions)
    means = menu.actions[number] if is_known else None
    if refusal := await _refusal(menu, means, presser, feature, services):
        return Pressed(menu.state, toast=refusal)
    if turn.recall("pressed") is None and (menu.version != version or not is_known):
        return Pressed(menu.state, toast="press old")
    return await _turn(cast("Sequence[JSON]", means), menu, presser, turn, services, feature)


async def asked_by(to: Ref, turn: Turn, services: Services) -> Menu | None:
    """The menu that this message of ours shows, if it asks for words, or got them in this turn."""
    async with services.store.read() as tx:
        menu = await tx.menus.shown_by(to.chat, to.message)
    if menu is None or (menu.awaits is None and turn.recall("pressed") is None):
        return None
    return menu


async def reply(
    text: str, menu: Menu, presser: Presser, turn: Turn, services: Services, features: Features
) -> Pressed:
    """Do what these words mean to the menu that asked for them; see `asked_by`."""
    feature = features.get(menu.kind)
    if feature is None:
        return Pressed(None, toast="press old")
    if refusal := await _refusal(menu, menu.awaits, presser, feature, services):
        return Pressed(menu.state, toast=refusal)
    means = [*cast("Sequence[JSON]", menu.awaits or ()), text]
    return await _turn(means, menu, presser, turn, services, feature)


async def _refusal(
    menu: Menu, means: JSON, presser: Presser, feature: Feature, services: Services
) -> str | None:
    """Why this person may not press, as a phrase; asked anew each time: admins come and go."""
    if feature.audience == "operators" and not services.door.is_operator(presser.user):
        return "press old"  # Whoever is none finds that there is nothing to press.
    is_group = presser.address.is_group
    is_of_group = is_group and feature.audience == "group"
    if not is_of_group and presser.user != menu.user_id:
        return "press foreign"
    is_by_admins = isinstance(means, list) and BY_ADMINS in means[:1]
    if is_group and (is_of_group or is_by_admins):
        chat = presser.address.chat
        may_press = not is_by_admins and await is_among_those_who_decide(
            presser.user, chat, services
        )
        may_press = may_press or await services.surface.is_admin(chat, presser.user)
        return None if may_press else "press admins"
    return None


async def _turn(
    means: Sequence[JSON],
    menu: Menu,
    presser: Presser,
    turn: Turn,
    services: Services,
    feature: Feature,
) -> Pressed:
    presser = _at(menu, presser)

    async def do(tx: Transaction) -> list[JSON]:
        turned = await tx.menus.turn(menu)
        if turned is None:
            return [list(means), menu.state, "press old", "", None, False]
        pressed = await feature.press(means, menu, presser, tx)
        await tx.menus.keep(replace(turned, state=pressed.state, actions=(), awaits=None))
        told = pressed.toast, pressed.wish, pressed.about, pressed.is_shown
        return [list(means), pressed.state, *told]

    means, *done = cast("list[Any]", await turn.step_in("pressed", do))
    pressed = Pressed(*done)
    await feature.follow_up(means, menu, presser, services)
    async with services.store.read() as tx:
        now = await tx.menus.find(menu.name)
    if now is not None:
        await _show(now, presser, services, feature, is_shown=pressed.is_shown)
    return pressed


def _at(menu: Menu, presser: Presser) -> Presser:
    """Whoever opens or presses it, where it is: they may reply from elsewhere, and groups move."""
    here = replace(presser.address, chat=menu.chat_id, topic=menu.topic_id or None)
    return replace(presser, address=here)


async def _show(
    menu: Menu,
    presser: Presser,
    services: Services,
    feature: Feature,
    *,
    reply_to: Ref | None = None,
    is_shown: bool = False,
) -> None:
    """Make its message say what it is now. What its buttons mean is kept before they are there."""
    screen = (
        await feature.screen(menu, presser, services)
        if menu.state is not None
        else Screen(say("menu closed", presser.language))
    )
    choices = [choice for row in screen.rows for choice in row]
    shown = replace(
        menu,
        actions=[choice.means for choice in choices],
        awaits=None if screen.awaits is None else list(screen.awaits),
    )
    async with services.store.begin() as tx:
        await tx.menus.keep(shown)
    if is_shown:
        return
    (part,) = services.surface.format(screen.text)[:1]
    keyboard = [*_keyboard(menu, screen.rows), *([link] for link in screen.links)]
    if menu.message_id is not None:
        try:
            await services.surface.edit(Ref(menu.chat_id, menu.message_id), part, keyboard=keyboard)
        except LostError:
            pass  # It was deleted, or is too old: it is posted anew.
        else:
            return
    ref = await services.surface.post(presser.address, part, keyboard=keyboard, reply_to=reply_to)
    async with services.store.begin() as tx:
        await tx.menus.keep(replace(shown, message_id=ref.message))


def _keyboard(menu: Menu, rows: Sequence[Sequence[Choice]]) -> Keyboard:
    number = 0
    keyboard = []
    for row in rows:
        buttons = []
        for choice in row:
            label = f"✅ {choice.label}" if choice.is_chosen else choice.label
            buttons.append(Button(label, f"{PREFIX}{menu.name}:{menu.version}:{number}"))
            number += 1
        keyboard.append(buttons)
    return keyboard
