"""What was given to OnDemand: found there by its name, and taken back when nobody needs it."""

import logging
from datetime import timedelta

from bot.conversation.services import Services
from bot.ondemand import Media, OnDemandError
from bot.storage import Upload

log = logging.getLogger(__name__)

#: What was given to OnDemand so long ago and not taken back was forgotten. A turn that wants it all
#: the same gives it anew.
_LEFT_BEHIND = timedelta(hours=1)


async def find_given(name: str, owner: str, services: Services) -> Media | None:
    """What was given to OnDemand under this name, if it arrived there."""
    async for media in services.client.media.files(external_user_id=owner):
        if media.name == name:
            return media
    return None


async def take_back(upload: Upload, services: Services, *, media_id: str | None = None) -> bool:
    """Delete what was given to OnDemand, if it is there, and forget about it.

    Tells whether OnDemand could be asked; else it is left to `sweep`.
    """
    try:
        if media_id is None:
            media = await find_given(upload.name, upload.external_id, services)
            media_id = media.id if media else None
        if media_id is not None:
            await services.client.media.delete(media_id)
    except OnDemandError as error:
        log.warning("upload not taken back", extra={"error": type(error).__name__})
        return False
    async with services.store.begin() as tx:
        await tx.uploads.end(upload.name)
    return True


async def sweep(services: Services) -> None:
    """Have deleted at OnDemand what a turn could not take back, or nobody is to have any more."""
    before = services.clock.now() - _LEFT_BEHIND
    async with services.store.read() as tx:
        left = await tx.uploads.left_behind(before=before)
    for upload in left:
        try:
            await take_back(upload, services)
        except Exception as error:  # One that cannot be taken back does not keep the others.
            log.warning("upload not taken back", exc_info=error)
