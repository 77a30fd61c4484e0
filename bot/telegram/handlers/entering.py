"""Coming in: whoever may not is told why, as often as is worth it."""

from bot.conversation.access import Admission, Refusal, Visitor, enter
from bot.conversation.listen import Listener
from bot.conversation.phrases import say
from bot.conversation.quotas import until_reset
from bot.conversation.showing import show
from bot.conversation.surface import Ref
from bot.conversation.usage import tell_of_translations
from bot.delivery import Turn
from bot.telegram.context import Desk
from bot.telegram.handlers.saying import say_at


async def let_in(
    visitor: Visitor,
    turn: Turn,
    desk: Desk,
    *,
    language: str,
    reply_to: Ref | None = None,
    is_question: bool = True,
) -> Admission | None:
    """Let a visitor in, or say where they are why they may not ask; see `access.enter`."""
    entered = await enter(visitor, desk.haste, turn, desk.services, is_question=is_question)
    if not isinstance(entered, Refusal):
        return entered
    if entered.is_worth_telling:
        refusal = say(entered.phrase, language, **entered.values)
        await say_at(desk, visitor.address, refusal, reply_to=reply_to)
    return None


async def say_no_translations_left(
    who: Listener,
    turn: Turn,
    desk: Desk,
    *,
    reply_to: Ref | None = None,
    instead_of: tuple[Ref, ...] = (),
) -> None:
    """Say that nothing is left of their day: once an hour, and in a menu that waits always."""
    services = desk.services
    if instead_of or await tell_of_translations(who.user, turn, services):
        words = say("limit translations", who.language, **until_reset(services.clock.now()))
        await show(words, who.address, turn, services, reply_to=reply_to, instead_of=instead_of)
