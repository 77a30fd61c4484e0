"""The menu of privacy: what is kept of a person, and a way to have all of it deleted."""

from collections.abc import Sequence

from bot.conversation.menus import Audience, Choice, Pressed, Presser, Screen, fields_of
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import LostError, Ref
from bot.storage import JSON, Menu, Transaction


class PrivacyMenu:
    """What is kept of a person. The state says whether they are asked if they are sure."""

    audience: Audience = "opener"

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """What is kept, or the question whether all of it is to go."""
        language = presser.language
        if fields_of(menu).get("asks"):
            return Screen(
                say("privacy sure", language),
                [
                    [Choice(say("privacy yes", language), ["erase"])],
                    [Choice(say("back", language), ["look"])],
                ],
            )
        return Screen(
            say("privacy", language), [[Choice(say("privacy delete", language), ["ask"])]]
        )

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Ask whether they are sure, or delete all of it: this menu belongs to it."""
        match means:
            case ["ask"]:
                return Pressed({"asks": True})
            case ["erase"]:
                await tx.users.erase(menu.user_id, at=presser.at)
        return Pressed({})

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Say that it is done, in the message whose menu is no more."""
        await services.chosen.forget(presser.user)
        if means[:1] != ["erase"] or menu.message_id is None:
            return
        (part,) = services.surface.format(say("privacy done", presser.language))
        try:
            await services.surface.edit(Ref(menu.chat_id, menu.message_id), part)
        except LostError:
            await services.surface.post(presser.address, part)
