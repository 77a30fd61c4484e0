"""Speech to text, text to speech, translation: services with one operation each."""

import asyncio
import re
from datetime import timedelta

from starlette.responses import Response

from bot.sandbox.ondemand import refusals
from bot.sandbox.ondemand.asking import Ask, answer, text_in
from bot.sandbox.phrasebook import translate
from bot.sandbox.sound import demuxer_of
from bot.sandbox.speech import VOICES, UnhearableError, hear, speak

#: The platform has published no limit; the engine behind such voices usually has this one.
LONGEST_SPEECH = 4096  # characters
_BIT_RATES = {"tts-1": 48_000, "tts-1-hd": 96_000}
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)?")


async def speech_to_text(ask: Ask) -> Response:
    """`POST …/speech_to_text`: only the sandbox's own URLs are opened, nothing else is contacted.

    As on the platform a bad file, a bad URL and a dead link cannot be told apart.
    """
    url = text_in(await ask.json(), "audioUrl")
    try:
        sound = ask.company.fetch(ask.base, url)
        if ask.armed("refuses_ogg") and demuxer_of(sound) != "mp3":
            raise UnhearableError("only MP3 is heard today")
        text = await asyncio.to_thread(hear, sound)
    except (LookupError, UnhearableError):
        raise refusals.unknown_service_error() from None
    if slow := ask.take("heard_slow"):
        await asyncio.sleep(slow["seconds"])
    return _executed(ask, "text", "" if ask.armed("nothing_heard") else text)


async def text_to_speech(ask: Ask) -> Response:
    """`POST …/text_to_speech`: an MP3, at a signed URL that expires."""
    body = await ask.json()
    text, voice, model = (text_in(body, name) for name in ("input", "voice", "model"))
    if voice not in VOICES or model not in _BIT_RATES or len(text) > LONGEST_SPEECH:
        raise refusals.invalid()
    sound = await asyncio.to_thread(speak, text, voice=VOICES[voice], bit_rate=_BIT_RATES[model])
    ask.call.characters = len(text)
    if private := ask.take("speech_private"):
        return _executed(ask, "audioUrl", private["url"])
    if ask.armed("speech_not_sound"):
        sound = b"<!DOCTYPE html><title>Sign in</title>"
    if huge := ask.take("speech_huge"):
        sound = sound.ljust(huge["size"], b"\0")
    slow = ask.take("speech_slow")
    name = ask.company.clock().strftime("%Y-%m-%d-%H-%M-%S.mp3")
    path = ask.company.store(name, sound, pause=slow["seconds"] if slow else 0)
    lifetime = {"lifetime": timedelta(seconds=-1)} if ask.armed("links_expired") else {}
    return _executed(ask, "audioUrl", ask.company.sign(ask.base, path, **lifetime))


async def translate_text(ask: Ask) -> Response:
    """`POST …/language_translation`: from the phrase book; the rest comes back marked."""
    body = await ask.json()
    text, code = text_in(body, "input"), text_in(body, "languageCode")
    if not _CODE.fullmatch(code):
        raise refusals.invalid()
    translation = text if ask.armed("translates_nothing") else translate(text, code)
    if ask.armed("translates_long"):
        translation = (f"{translation} " + "Blah blah. " * len(text))[: len(text) * 3 // 2]
    return _executed(ask, "translatedText", translation)


def _executed(ask: Ask, name: str, value: str) -> Response:
    data = value if ask.armed("data_as_text") else {name: value}
    return answer("Service executed successfully", data)
