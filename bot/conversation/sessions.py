"""The session at OnDemand behind a conversation: made when it is first needed, and deleted."""

import logging
from datetime import timedelta

from bot.conversation.services import Services
from bot.ondemand import OnDemandError
from bot.storage import Conversation

log = logging.getLogger(__name__)

#: How long a session is left alone that OnDemand did not delete, and how many are tried at a time.
_TRY_AGAIN_AFTER = timedelta(minutes=5)
_TRIED_AT_ONCE = 20


async def owner_of(
    conversation: Conversation, speaker: int, services: Services, *, is_group: bool
) -> str:
    """Who OnDemand believes a conversation belongs to: the group, or the one who speaks.

    One that a member of a group has alone is the member's.
    """
    is_shared = is_group and conversation.member_id is None
    async with services.store.read() as tx:
        owner = (
            await tx.chats.find(conversation.chat_id) if is_shared else await tx.users.find(speaker)
        )
    if owner is None:
        raise LookupError("whoever asks was erased meanwhile")
    return owner.external_id


async def session_of(
    conversation: Conversation, speaker: int, services: Services, *, is_group: bool
) -> str:
    """The session of a conversation, made if there is none yet."""
    if conversation.session_id:
        return conversation.session_id
    return await new_session(conversation, speaker, services, is_group=is_group)


async def new_session(
    conversation: Conversation, speaker: int, services: Services, *, is_group: bool
) -> str:
    """A fresh session for a conversation, in which it goes on."""
    owner = await owner_of(conversation, speaker, services, is_group=is_group)
    session = await services.client.chat.create_session(owner)
    async with services.store.begin() as tx:
        if not await tx.conversations.bind(conversation.id, session.id):
            # It was deleted in the meantime, and OnDemand is to forget this, too.
            await tx.sessions.leave(session.id, at=services.clock.now())
    return session.id


async def delete_session(session_id: str, services: Services) -> bool:
    """Have OnDemand delete a session that was left to be deleted. Whether it is no more.

    One that cannot be deleted now is tried again by `delete_what_is_left`.
    """
    try:
        is_gone = await services.client.chat.delete_session(session_id)
    except OnDemandError as error:
        log.warning("session not deleted", extra={"error": type(error).__name__})
        is_gone = False
    async with services.store.begin() as tx:
        if is_gone:
            await tx.sessions.end(session_id)
        else:
            await tx.sessions.note_try(session_id, at=services.clock.now())
    return is_gone


async def delete_what_is_left(services: Services) -> None:
    """Try once more to delete sessions at OnDemand that were deleted here, some at a time."""
    before = services.clock.now() - _TRY_AGAIN_AFTER
    async with services.store.read() as tx:
        left = await tx.sessions.left(tried_before=before, limit=_TRIED_AT_ONCE)
    for session_id in left:
        await delete_session(session_id, services)
