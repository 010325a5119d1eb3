"""`edgegw voice --check` and `--devices`: what an installer sees before the first driver does."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from edgegw.voice.audio.card import NoCards, cards
from edgegw.voice.audio.earcons import earcon
from edgegw.voice.audio.microphone import Microphone
from edgegw.voice.audio.speaker import Speaker
from edgegw.voice.briefing import Briefing
from edgegw.voice.cli import missing
from edgegw.voice.languages import LANGUAGES
from edgegw.voice.process import Parts, folders, recognizer_of
from edgegw.voice.prompts.espeak import NoLocalVoice, speech
from edgegw.voice.prompts.texts import texts
from edgegw.voice.recognize.recognizer import RecognizerMissing
from edgegw.voice.waiting import until

GOOD, AGAIN = 0, 1
HUB_S = 3.0
CARD_S = 4.0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried."""

    part: str
    good: bool
    text: str


def devices(*, as_json: bool) -> int:
    """Print the sound devices by the names of which a part goes into the file. Exit 1 when they can't be listed."""
    try:
        found = cards()
    except NoCards as error:
        sys.stderr.write(f"edgegw: {error}\n")
        return AGAIN
    if as_json:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
        return GOOD
    for title, names in (("Microphones (voice.microphone)", found.microphones),
                         ("Speakers (voice.speaker)", found.speakers)):  # fmt: skip
        sys.stdout.write(f"{title}:\n" + "".join(f"  {name}\n" for name in names or ("none",)))
    return GOOD


def check(briefing: Briefing, *, as_json: bool) -> int:
    """Try everything and say what is wrong and what to do. Exit 0 when all is well."""
    lines = asyncio.run(_all(briefing, as_json=as_json))
    if as_json:
        sys.stdout.write(json.dumps([asdict(line) for line in lines], ensure_ascii=False) + "\n")
    return GOOD if all(line.good for line in lines) else AGAIN


async def _all(briefing: Briefing, *, as_json: bool) -> list[Line]:
    lines: list[Line] = []
    async for line in _tried(briefing):
        lines.append(line)
        if not as_json:
            sys.stdout.write(f"{'good' if line.good else 'BAD '}  {line.part}: {line.text}\n")
            sys.stdout.flush()
    return lines


async def _tried(briefing: Briefing) -> AsyncIterator[Line]:
    settings = briefing.settings
    if not settings.enabled:
        yield Line("settings", False, "voice.enabled is false: EVA does not run")
    if (lacking := missing(ears=True)) is not None:
        yield Line("packages", False, lacking)
        return
    yield _key(briefing)
    parts = Parts(briefing)
    door = asyncio.create_task(parts.door.run())
    try:
        yield await _hub(parts)
        finding = await parts.exchange.self_test()
        if finding is None:
            yield Line("model", True, f"{settings.gemini.model} answers")
        else:
            yield Line("model", False, finding.text)
    finally:
        door.cancel()
        await asyncio.gather(door, return_exceptions=True)
        await parts.director.end()
    yield await _microphone(settings.microphone)
    yield await _speaker(settings.speaker)
    yield await asyncio.to_thread(_local_voice, briefing)
    if settings.recognizer is not None:
        yield await asyncio.to_thread(_recognizer, briefing)


def _key(briefing: Briefing) -> Line:
    gemini = briefing.settings.gemini
    if gemini.vertex is not None:
        return Line("key", True, f"Vertex AI, project {gemini.vertex.project}: Google's own credentials are used")
    if gemini.ephemeral:
        return Line("key", True, "the cloud mints a token for each conversation")
    if gemini.api_key is None:
        return Line("key", False, "voice.gemini names no api_key, no vertex and no ephemeral: EVA can't converse")
    try:
        there = briefing.key()
    except ValueError as error:
        return Line("key", False, str(error))
    if not there:
        return Line("key", False, f"the credential {gemini.api_key.credential} is not stored, or empty")
    return Line("key", True, f"the credential {gemini.api_key.credential} is there")


async def _hub(parts: Parts) -> Line:
    await until(lambda: parts.door.welcome is not None, HUB_S)
    welcome = parts.door.welcome
    if welcome is None:
        return Line(
            "hub", False, f"{parts.door.detail}; is edgegw running, and this account in the group edgegw-voice?"
        )
    labels = ", ".join(spot.label for spot in welcome.spots) or "no station"
    return Line("hub", True, f"{welcome.site}: {len(welcome.tools)} tools; may speak of {labels}")


async def _microphone(name: str | None) -> Line:
    microphone = Microphone(name)
    running = asyncio.create_task(microphone.run())
    loudest = frames = 0
    try:
        async with asyncio.timeout(CARD_S):
            async for frame in microphone.frames():
                samples = memoryview(frame.pcm).cast("h")
                loudest = max(loudest, max(samples), -min(samples))
                frames += 1
                if frames >= 50:
                    break
    except TimeoutError:
        pass
    finally:
        trouble = microphone.trouble
        microphone.stop()
        await running
    if not frames:
        return Line("microphone", False, trouble or f"no sound within {CARD_S:.0f} s; see edgegw voice --devices")
    if loudest == 0:
        return Line("microphone", False, f'"{microphone.device}" gives digital silence: is it muted?')
    return Line(
        "microphone", True, f'"{microphone.device}" hears; loudest in a second: {100 * loudest / 32768:.0f} % of full'
    )


async def _speaker(name: str | None) -> Line:
    speaker = Speaker(name)
    running = asyncio.create_task(speaker.run())
    try:
        if await until(lambda: speaker.state != "opening", CARD_S):
            speaker.play(earcon("confirmed"))
            await until(lambda: not speaker.is_speaking, CARD_S)
    finally:
        trouble, live = speaker.trouble, speaker.state == "live"
        speaker.stop()
        await running
    if not live:
        return Line("speaker", False, trouble or f"it did not open within {CARD_S:.0f} s; see edgegw voice --devices")
    return Line("speaker", True, f'"{speaker.device}" has played two notes')


def _local_voice(briefing: Briefing) -> Line:
    rendered = sum(
        (folder / language / f"{name}.wav").is_file()
        for folder in folders(briefing) for language in LANGUAGES for name in texts()[language]
    )  # fmt: skip
    try:
        speech("um, dois, três", briefing.locale)
    except NoLocalVoice as error:
        return Line("local voice", False, str(error))
    return Line("local voice", True, f"espeak-ng speaks; {rendered} prepared sentences are on the disk")


def _recognizer(briefing: Briefing) -> Line:
    try:
        recognizer_of(briefing)
    except RecognizerMissing as error:
        return Line("recognizer", False, str(error))
    return Line("recognizer", True, "the Vosk model loads")
