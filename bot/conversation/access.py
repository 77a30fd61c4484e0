"""Who may ask, and how often."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from bot.clock import Clock
from bot.conversation.plugins import CHOICE, PluginChoice
from bot.conversation.quotas import TELL_PAUSE, day_of, until_reset
from bot.conversation.services import Services
from bot.conversation.settings import Choices, place_of
from bot.conversation.surface import Address
from bot.conversation.turns import Turn
from bot.conversation.usage import reserve
from bot.conversation.voice import VoiceChoice
from bot.storage import ADMITTED, JSON, OWN_ALLOWANCE, UNREACHABLE, Transaction

#: Questions a person may ask at once, and seconds until one more is allowed, unless told otherwise.
AT_ONCE = 10
SECONDS_PER_QUESTION = 6.0

#: People whose pace is remembered. Whoever was quiet longest is forgotten first.
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not answered, as a phrase with its values; told once for each reason."""

    phrase: str
    values: dict[str, JSON]
    is_worth_telling: bool = True


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who asks something, somewhere."""

    user: int
    #: The language of their app, an IETF tag, where it tells one.
    language: str | None
    address: Address
    #: Telegram's word for the kind of chat.
    chat_kind: str
    #: When they asked; `None` for now. Whoever wrote while the bot was away was not fast.
    asked_at: datetime | None = None
    #: Whether they call the bot, and not only write where it answers everybody.
    is_called: bool = True


@dataclass(frozen=True, slots=True)
class Admission:
    """They may ask."""

    #: The conversation that is open where they are.
    conversation: int
    voice: VoiceChoice
    plugins: PluginChoice
    choices: Choices


class Haste:
    """How fast people ask: some questions at once, and one more every few seconds."""

    def __init__(
        self,
        *,
        clock: Clock,
        at_once: int = AT_ONCE,
        seconds_per_question: float = SECONDS_PER_QUESTION,
    ) -> None:
        self._clock = clock
        self._most = float(at_once)
        self._refill = seconds_per_question
        # For each person: when their bucket was looked at, what was in it, and whether they know.
        self._buckets: OrderedDict[int, tuple[float, float, bool]] = OrderedDict()

    def refuses(self, user: int, *, asked_at: datetime | None = None) -> Refusal | None:
        """Why this person may not ask now, or `None` when they may. Asking counts."""
        now = (asked_at or self._clock.now()).timestamp()
        at, left, was_told = self._buckets.pop(user, (now, self._most, False))
        now = max(now, at)  # What was asked in two places may come in another order.
        left = min(self._most, left + (now - at) / self._refill)
        is_allowed = left >= 1
        self._buckets[user] = (now, left - 1 if is_allowed else left, not is_allowed)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if is_allowed:
            return None
        seconds = max(1, round((1 - left) * self._refill))
        return Refusal("slow down", {"seconds": seconds}, is_worth_telling=not was_told)


async def enter(
    visitor: Visitor,
    haste: Haste,
    turn: Turn,
    services: Services,
    *,
    is_question: bool = True,
) -> Admission | Refusal:
    """Make a visitor and their chat known, and ask at the door; once for each turn.

    A question is counted before it is answered, if their day has room for it. All of it is one
    transaction: it stands between a message and its question.
    """

    async def ask_at_the_door(tx: Transaction) -> dict[str, JSON]:
        at = services.clock.now()
        person = await tx.users.meet(visitor.user, language=visitor.language, at=at)
        chat = await tx.chats.meet(visitor.address.chat, kind=visitor.chat_kind, at=at)
        address = replace(visitor.address, chat=chat.id)
        chosen = await tx.settings.of_user(visitor.user)
        refusal = await _turned_away(visitor, chosen, tx, services)
        if refusal is None:
            if person.refused_at is not None:
                await tx.users.welcome(visitor.user)
            refusal = haste.refuses(visitor.user, asked_at=visitor.asked_at)
        if refusal is not None:
            return {"refusal": [refusal.phrase, refusal.values, refusal.is_worth_telling]}
        quotas, own = services.quotas, chosen.get(OWN_ALLOWANCE)
        allowance = quotas.of(own, is_operator=services.door.is_operator(visitor.user))
        reserved = (
            await reserve(tx, visitor.user, allowance, most=quotas.questions_of_all, at=at)
            if is_question
            else None
        )
        if isinstance(reserved, str):
            is_news = await tx.usage.tell(
                visitor.user, day_of(at), "questions", at=at, pause=TELL_PAUSE
            )
            return {"refusal": [reserved, until_reset(at), is_news]}
        place = await place_of(address, visitor.user, tx)
        conversation = await tx.conversations.current(place, at=at)
        here = await tx.settings.of_chat(address.chat) if address.is_group else chosen
        return {
            "conversation": conversation.id,
            "voice": chosen.get("voice"),
            "plugins": here.get(CHOICE),
            "choices": Choices.from_json(chosen).to_json(),
            "reserved": reserved.to_json() if reserved else None,
        }

    found = await turn.step_in("entered", ask_at_the_door)
    if refusal := found.get("refusal"):
        return Refusal(*cast("tuple[str, dict[str, JSON], bool]", refusal))
    return Admission(
        conversation=cast("int", found["conversation"]),
        voice=VoiceChoice.from_json(found["voice"]),
        plugins=PluginChoice.from_json(found.get("plugins")),
        choices=Choices.from_json(found.get("choices")),
    )


async def _turned_away(
    visitor: Visitor, chosen: Mapping[str, JSON], tx: Transaction, services: Services
) -> Refusal | None:
    """Why the door stays shut for this visitor, if it does."""
    door, user = services.door, visitor.user
    if await door.is_barred(user, tx):
        return Refusal("banned", {}, is_worth_telling=await tx.bans.is_news(user))
    if UNREACHABLE in chosen:
        await tx.settings.set_for_user(user, UNREACHABLE, None)
    if door.lets_in(user, is_admitted=chosen.get(ADMITTED) is True):
        return None
    at = services.clock.now()
    is_news = visitor.is_called and await tx.users.turn_away(user, at=at, pause=TELL_PAUSE)
    return Refusal("no access", {"user": user}, is_worth_telling=is_news)
