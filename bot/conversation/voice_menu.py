"""The menu of voices: what a person chose, shown and changed."""

from collections.abc import Sequence

from bot.conversation.menus import Audience, Choice, Pressed, Presser, Screen
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.voice import MODES, VOICES, VoiceChoice
from bot.storage import JSON, Menu, Transaction

#: Voices in a row of the menu.
_IN_A_ROW = 3


class VoiceMenu:
    """When to speak, in which voice, and how that sounds. What is chosen is ticked."""

    audience: Audience = "opener"

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """Everything there is to choose."""
        async with services.store.read() as tx:
            chosen = await _choice(presser.user, tx)
        language = presser.language
        modes = [
            [Choice(say(f"voice {mode}", language), ["mode", mode], mode == chosen.mode)]
            for mode in MODES
        ]
        voices = [
            Choice(voice.title(), ["voice", voice], voice == chosen.voice) for voice in VOICES
        ]
        rows = [voices[at : at + _IN_A_ROW] for at in range(0, len(voices), _IN_A_ROW)]
        sample = [Choice(say("voice try", language), ["try"])]
        return Screen(say("voice", language), [*modes, *rows, sample])

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Choose another mode or voice, or hear how the chosen one sounds."""
        match means:
            case ["try"]:
                voice = (await _choice(presser.user, tx)).voice
                return Pressed(menu.state, wish="sample", about=voice)
            case [("mode" | "voice") as name, value]:
                fields = (await _choice(presser.user, tx)).to_json() | {name: value}
                chosen = VoiceChoice.from_json(fields)
                await tx.settings.set_for_user(presser.user, "voice", chosen.to_json())
        return Pressed(menu.state)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Nothing more is to be done."""


async def _choice(user: int, tx: Transaction) -> VoiceChoice:
    return VoiceChoice.from_json((await tx.settings.of_user(user)).get("voice"))
