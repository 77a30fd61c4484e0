"""Sound: what people recorded made ready to be heard, and speech made a voice note.

Everything begins with `Studio`. It knows nothing of the house, keeps nothing, and writes no file.
"""

from bot.audio.crew import Limits
from bot.audio.errors import AudioError, BusyError, Reason, UnusableError, WorkerError
from bot.audio.sound import EVERY_KIND, LARGEST_NOTE, How, Recording, Speech
from bot.audio.studio import Studio

__all__ = [
    "EVERY_KIND",
    "LARGEST_NOTE",
    "AudioError",
    "BusyError",
    "How",
    "Limits",
    "Reason",
    "Recording",
    "Speech",
    "Studio",
    "UnusableError",
    "WorkerError",
]
