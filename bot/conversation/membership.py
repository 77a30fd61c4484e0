"""What the bot can see in a group, and what it says about that by itself.

Telegram shows a bot that is no admin only what is meant for it, unless its operator switched that
off. People do not know it, and wonder why it is deaf. So the bot says it when it is added, and when
it changes; and it says it once, whatever Telegram tells how often and in which order.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.conversation.menus import Screen
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import Address, Keyboard, Link, SurfaceError
from bot.conversation.turns import Turn
from bot.storage import JSON, Transaction

#: What the bot sees: every message, or commands and replies to it.
Sight = Literal["everything", "called"]

#: Under which name of a group's settings it is kept what it was told.
_KEPT: Final = "sight told"

#: Seconds that we may take to learn that a group has become this supergroup, and from one look for
#: that to the next. Until then it seems that the bot was added to another group
#: (https://github.com/tdlib/telegram-bot-api/issues/266).
_MOVING, _LOOK = 3.0, 0.25

#: Apps send `/start` by themselves when somebody adds the bot by a link.
_JUST_SAID: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bot is in a group."""

    is_inside: bool
    is_admin: bool
    #: Whether it may say anything there.
    may_write: bool


@dataclass(frozen=True, slots=True)
class News:
    """What is to be said in a group, as phrases."""

    phrases: tuple[str, ...]
    #: Whether the bot would see more as an admin.
    is_blind: bool

    def text(self, language: str) -> str:
        """It, in Markdown."""
        return "\n\n".join(say(phrase, language) for phrase in self.phrases)

    def keyboard(self, language: str, services: Services) -> Keyboard:
        """The way to let the bot see everything, where it does not."""
        return [[way_to_see(language, services)]] if self.is_blind else ()


def way_to_see(language: str, services: Services) -> Link:
    """The button by which somebody makes the bot an admin."""
    return Link(say("make admin", language), services.surface.admin_link)


async def learn(
    before: Standing,
    after: Standing,
    address: Address,
    chat_kind: str,
    turn: Turn,
    services: Services,
) -> News | None:
    """Take in that the bot was added, promoted, demoted or removed; what is to be said of it.

    What Telegram tells may be old when it comes, so what counts is what the bot sees now. Raises
    any `SurfaceError`.
    """
    if not after.is_inside:
        await turn.step_in("left", lambda tx: _leave(address, tx, services))
        return None
    if not after.may_write:
        return None
    if not before.is_inside and chat_kind == "supergroup":
        await _let_it_move(address, services)
    now = await sight_in(address, services)

    async def compare(tx: Transaction) -> list[JSON]:
        told = (await _told(address.chat, tx)).sight
        await _tell(now, address, chat_kind, tx, services)
        is_no_stranger = told == "unsaid" or (told is None and before.may_write)
        if told == now or is_no_stranger:
            return []
        if told in {None, "none"}:
            return ["group hello", f"sight {now}"]
        return ["sight gained" if now == "everything" else "sight lost"]

    return _news(await turn.step_in("told", compare), now)


async def greet(address: Address, chat_kind: str, turn: Turn, services: Services) -> News | None:
    """What is to be said to `/start` in a group; nothing where it was said just now.

    Raises any `SurfaceError`.
    """
    now = await sight_in(address, services)

    async def compare(tx: Transaction) -> list[JSON]:
        told = await _told(address.chat, tx)
        is_news = not told.is_said_since(services.clock.now() - _JUST_SAID)
        await _tell(now, address, chat_kind, tx, services)
        return ["group hello", f"sight {now}"] if is_news else []

    return _news(await turn.step_in("told", compare), now)


async def know(chat: int, tx: Transaction, *, at: datetime) -> None:
    """Keep that the bot is no stranger in this group, whatever Telegram calls it now."""
    if (await _told(chat, tx)).sight is None:
        await tx.settings.set_for_chat(chat, _KEPT, ["unsaid", at.isoformat()])


async def with_way_to_see(screen: Screen, chat: int, language: str, services: Services) -> Screen:
    """A screen about what needs every message of a group, and how the bot is let see them.

    Where it sees them, or that cannot be asked, nothing is added.
    """
    try:
        sight = await sight_in(Address(chat, is_group=True), services)
    except SurfaceError:
        return screen
    if sight == "everything":
        return screen
    text = "\n\n".join((screen.text, say("sight hidden", language)))
    return replace(screen, text=text, links=[*screen.links, way_to_see(language, services)])


async def sight_in(address: Address, services: Services) -> Sight:
    """What the bot sees in this group now. Raises any `SurfaceError`."""
    is_all = await services.surface.reads_everything(address.chat)
    return "everything" if is_all else "called"


async def _let_it_move(address: Address, services: Services) -> None:
    """Wait until this is a group that we knew, or seems to be none."""
    until = services.clock.monotonic() + _MOVING
    while services.clock.monotonic() < until:
        async with services.store.read() as tx:
            if (await _told(address.chat, tx)).sight is not None:
                return
        await services.clock.sleep(_LOOK)


def _news(phrases: list[JSON], now: Sight) -> News | None:
    return News(tuple(map(str, phrases)), now == "called") if phrases else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What a group was told last of what the bot sees there."""

    #: *none* after the bot has left; *unsaid* where it is no stranger and has not said it yet.
    sight: Sight | Literal["none", "unsaid"] | None = None
    at: datetime | None = None

    def is_said_since(self, moment: datetime) -> bool:
        """Whether it was said then or later."""
        is_said = self.sight in {"everything", "called"}
        return is_said and self.at is not None and self.at >= moment


async def _told(chat: int, tx: Transaction) -> _Told:
    match (await tx.settings.of_chat(chat)).get(_KEPT):
        case [("everything" | "called" | "none" | "unsaid") as sight, str(at)]:
            return _Told(sight, datetime.fromisoformat(at))
    return _Told()


async def _tell(
    sight: Sight, address: Address, chat_kind: str, tx: Transaction, services: Services
) -> None:
    at = services.clock.now()
    await tx.chats.meet(address.chat, kind=chat_kind, at=at)
    await tx.settings.set_for_chat(address.chat, _KEPT, [sight, at.isoformat()])


async def _leave(address: Address, tx: Transaction, services: Services) -> None:
    if await tx.chats.find(address.chat) is not None:
        at = services.clock.now()
        await tx.settings.set_for_chat(address.chat, _KEPT, ["none", at.isoformat()])
