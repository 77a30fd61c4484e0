"""Services: speech to text, text to speech, translation.

Each has to be subscribed to once, by the account's owner; until then it answers
`NotSubscribedError`. They work while we wait, cost credits, and are repeated only where it is
certain that nothing happened.
"""

from collections.abc import Mapping
from typing import Literal

from bot.ondemand.errors import MalformedError
from bot.ondemand.fetch import Fetcher, looks_like_sound
from bot.ondemand.http import Wire
from bot.ondemand.limits import Limits
from bot.ondemand.loose import first_text, mapping, text

Voice = Literal["alloy", "echo", "fable", "onyx", "nova", "shimmer"]
SpeechModel = Literal["tts-1", "tts-1-hd"]

#: The most characters one speech is made of. Theirs is undocumented; engines stop at 4096.
LONGEST_SPEECH = 3_000


class Services:
    """The services of OnDemand."""

    def __init__(self, wire: Wire, fetcher: Fetcher, *, limits: Limits) -> None:
        self._wire = wire
        self._fetcher = fetcher
        self._limits = limits

    async def speech_to_text(self, audio_url: str) -> str:
        """What is said in a sound file: wav, mp3, m4a, flac, aac, ogg, wma or mp4.

        The address must open without cookies; that of an uploaded `Media` does. Never one with
        a secret inside. Empty where nobody speaks. A bad file and a broken service give the same
        error (observed live, 2026-07). (Documented, 2026-09.)
        """
        data = await self._execute("speech_to_text", {"audioUrl": audio_url})
        heard = _said(data, "text", "transcript")
        if heard is None:
            raise MalformedError("a transcript without text")
        return heard

    async def text_to_speech(
        self, words: str, *, voice: Voice = "alloy", model: SpeechModel = "tts-1"
    ) -> bytes:
        """The words as sound, in any language: an MP3.

        At most `LONGEST_SPEECH` characters, else a ValueError. The platform answers with an
        address that expires, so the sound is fetched at once. Raises `DownloadError` when it
        was made and could not be fetched. (Documented, 2026-09; observed live, 2026-10.)
        """
        return await self.fetch_speech(await self.synthesise(words, voice=voice, model=model))

    async def synthesise(
        self, words: str, *, voice: Voice = "alloy", model: SpeechModel = "tts-1"
    ) -> str:
        """The first half of `text_to_speech`, which is what is paid for: the address of the sound.

        It opens without a key, and expires: it is a secret for as long as it lives.
        """
        if not words.strip() or len(words) > LONGEST_SPEECH:
            raise ValueError(f"speech takes 1 to {LONGEST_SPEECH} characters")
        data = await self._execute(
            "text_to_speech", {"model": model, "input": words, "voice": voice}
        )
        address = _said(data, "audioUrl", "url")
        if not address:
            raise MalformedError("speech without an address")
        return address

    async def fetch_speech(self, address: str) -> bytes:
        """The second half: the sound behind the address. Raises `DownloadError`."""
        return await self._fetcher.fetch(address, looks_right=looks_like_sound)

    async def translate(self, words: str, language: str) -> str:
        """The words in another language, given as `en`, `es`, `hi`, …; theirs is detected.

        No list of languages is published, and of all services this is the least observed. An
        empty translation is a `MalformedError`. (Documented, 2026-09.)
        """
        if not words.strip():
            return words
        data = await self._execute(
            "language_translation", {"input": words, "languageCode": language}
        )
        translated = _said(data, "translatedText", "text")
        if not translated:
            raise MalformedError("a translation without words")
        return translated

    async def _execute(self, service: str, body: Mapping[str, object]) -> object:
        path = f"/services/v1/public/service/execute/{service}"
        answer = await self._wire.call("POST", path, body=body, seconds=self._limits.long_call)
        if "data" not in mapping(answer):
            raise MalformedError(f"{service} answered without data")
        return mapping(answer)["data"]


def _said(data: object, *keys: str) -> str | None:
    """The text of a service's data: a field of an object, or, in older forms, all of it.

    None where there is no such field; what is null there counts as empty.
    """
    if isinstance(data, str):
        return text(data)
    fields = mapping(data)
    return first_text(fields, *keys) if fields.keys() & set(keys) else None
