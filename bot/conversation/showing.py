"""Words of any length, shown once over all attempts at a turn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from bot.conversation.chats import move
from bot.conversation.live_reply import LiveReply
from bot.conversation.services import Services
from bot.conversation.surface import Address, Keyboard, Ref
from bot.conversation.turns import Turn


async def show(
    markdown: str,
    address: Address,
    turn: Turn,
    services: Services,
    *,
    reply_to: Ref | None = None,
    instead_of: Sequence[Ref] = (),
    keyboard: Keyboard = (),
    heard: str = "",
) -> Sequence[Ref]:
    """Post this once, over all attempts, in as many messages as it takes; tells which.

    `instead_of` are messages of ours that are changed first, and `heard` is what was said aloud:
    it stands above. Raises any `SurfaceError`.
    """
    moved = turn.recall("moved")
    if isinstance(moved, int):
        address, reply_to, instead_of = replace(address, chat=moved), None, ()
    shown = turn.recall("shown")
    numbers, unsure = cast("tuple[list[int], int]", shown) if shown else ([], 0)

    async def note(refs: Sequence[Ref], unsure: int) -> None:
        await turn.remember("shown", [[ref.message for ref in refs], unsure])

    async def follow(to: int) -> None:
        await move(address.chat, to, services)
        await turn.remember("moved", to)

    live = LiveReply(
        surface=services.surface,
        address=address,
        reply_to=reply_to,
        keyboard=(),
        posted=[Ref(address.chat, number) for number in numbers] if shown else instead_of,
        unsure=unsure,
        on_posted=note,
        on_moved=follow,
        clock=services.clock,
        heard=heard,
    )
    await live.finish(markdown, keyboard=keyboard)
    return live.refs
