"""The menu of voices: what a person chose, shown and changed."""

from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import Button, Keyboard
from bot.conversation.turns import Turn
from bot.conversation.voice import MODES, VOICES, VoiceChoice
from bot.storage import Transaction

#: Voices in a row of the menu.
_IN_A_ROW = 3


def menu(chosen: VoiceChoice, language: str) -> Keyboard:
    """The buttons: when to speak, in which voice, and how that sounds. What is chosen is ticked."""
    modes = [
        [Button(_ticked(say(f"voice {mode}", language), mode == chosen.mode), f"voice:mode:{mode}")]
        for mode in MODES
    ]
    voices = [
        Button(_ticked(voice.title(), voice == chosen.voice), f"voice:voice:{voice}")
        for voice in VOICES
    ]
    rows = [voices[at : at + _IN_A_ROW] for at in range(0, len(voices), _IN_A_ROW)]
    return [*modes, *rows, [Button(say("voice try", language), "voice:try")]]


async def choice_of(user: int, services: Services) -> VoiceChoice:
    """What this person chose."""
    async with services.store.read() as tx:
        return VoiceChoice.from_json((await tx.settings.of_user(user)).get("voice"))


async def change(user: int, name: str, value: str, turn: Turn, services: Services) -> VoiceChoice:
    """Choose another mode or voice; what is no choice changes nothing. Gives what is chosen now."""

    async def choose(tx: Transaction) -> bool:
        await tx.users.meet(user, language=None, at=services.clock.now())
        before = VoiceChoice.from_json((await tx.settings.of_user(user)).get("voice"))
        after = VoiceChoice.from_json({"mode": before.mode, "voice": before.voice, name: value})
        is_choice = getattr(after, name, None) == value
        if is_choice:
            await tx.settings.set_for_user(user, "voice", after.to_json())
        return is_choice

    await turn.step_in("chosen", choose)
    return await choice_of(user, services)


def _ticked(label: str, is_chosen: bool) -> str:
    return f"✅ {label}" if is_chosen else label
