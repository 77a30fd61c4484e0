"""The session at OnDemand behind a conversation: found, or made when it is first needed."""

from bot.conversation.services import Services
from bot.storage import Conversation


async def owner_of(
    conversation: Conversation, speaker: int, services: Services, *, is_group: bool
) -> str:
    """Who OnDemand believes a conversation belongs to: the group, or the one who speaks."""
    async with services.store.read() as tx:
        owner = (
            await tx.chats.find(conversation.chat_id) if is_group else await tx.users.find(speaker)
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
