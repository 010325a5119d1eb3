"""`edgegw voice`: builds EVA's parts, joins them, and ends them together."""

from __future__ import annotations

import asyncio
import logging
import signal
import uuid
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edgegw.notify import Notify
from edgegw.voice.audio.microphone import CANCELLED_SILENCE_S, SILENCE_S, Microphone
from edgegw.voice.audio.speaker import Speaker
from edgegw.voice.audio.wav import pcm_of
from edgegw.voice.briefing import Briefing
from edgegw.voice.conversation import Conversation, Manner
from edgegw.voice.conversation import events as on
from edgegw.voice.director import Director
from edgegw.voice.door import Door, HubAway, Welcome
from edgegw.voice.hearing import Ear, EarSettings, Vad
from edgegw.voice.languages import Language
from edgegw.voice.live import budget
from edgegw.voice.live.exchange import Exchange
from edgegw.voice.live.gemini import Gemini, GeminiOptions, Vertex
from edgegw.voice.live.session import LiveSetup
from edgegw.voice.mouth import Mouth
from edgegw.voice.persona import Scene, instruction
from edgegw.voice.prompts.shelf import Shelf
from edgegw.voice.recognize.grammar import phrases
from edgegw.voice.recognize.recognizer import LocalRecognizer, RecognizerMissing
from edgegw.voice.recognize.vosk import VoskRecognizer

log = logging.getLogger("edgegw.voice")

FIGURES_S = 3.0
"""Between two tellings of our numbers, by which the hub knows that we live: it waits 10 s."""
COUNTED_S = 5.0
TICK_S = 0.1
"""Between two looks whether the microphone still brings frames in the middle of a turn."""
TOKEN_S = 5.0
"""For the hub to bring a token from the cloud."""
SIGN_S = 10.0
"""Between two signs of life where no watchdog wants them sooner."""


class Parts:
    """EVA, built from her briefing; `serve` brings her to life. With `write` she is a console, without ears."""

    def __init__(
        self, briefing: Briefing, *, recognizer: LocalRecognizer | None = None,
        write: Callable[[str, str], None] | None = None,
    ) -> None:  # fmt: skip
        settings = briefing.settings
        self.briefing = briefing
        self.shelf = Shelf(folders(briefing), pcm_of)
        self.door = Door(
            briefing.socket, settings.assistant,
            came=self._came, went=lambda: self.director.hub_went(),
            happened=lambda what: self.director.hub_happened(what),
        )  # fmt: skip
        self._zone = ZoneInfo(briefing.timezone)
        self.exchange = Exchange(
            Gemini(gemini_options(briefing), self._key), file=settings.state / "spent.json",
            today=lambda: datetime.now(self._zone).date(), name=settings.gemini.model, limits=limits(briefing),
            on_change=lambda: self.director.exchange_changed(),
        )  # fmt: skip
        ear_settings = EarSettings(echo=settings.echo)
        ear = None if write is not None else Ear(ear_settings, _vad(briefing))
        self._recognizer = recognizer
        manner = Manner(
            language=briefing.locale, start_with=settings.start_with, channel="voice" if write is None else "text",
            transcripts=settings.transcripts, recognizer=recognizer is not None,
        )  # fmt: skip
        self.director = Director(
            Conversation(manner, lambda: uuid.uuid4().hex), door=self.door, exchange=self.exchange, setup=self._setup,
            caption=self.shelf.text, ear=ear, quiet_ms=ear_settings.hangover_ms, recognize=self._recognize, write=write,
            listens=settings.start_with == "always" and write is None,
        )  # fmt: skip
        self.director.local = lambda at: at.astimezone(self._zone)

    def _came(self, welcome: Welcome) -> None:
        log.info("the hub is there: %s, %d stations to speak of", welcome.site, len(welcome.spots))
        self._tell_figures()
        self.director.hub_came(welcome)

    async def _key(self) -> str | None:
        """The key of AI Studio, or a token that the cloud mints for this conversation."""
        if not self.briefing.settings.gemini.ephemeral:
            return await asyncio.to_thread(self.briefing.key)
        try:
            async with asyncio.timeout(TOKEN_S):
                answer = await self.door.ask({"type": "token"})
        except (HubAway, TimeoutError) as error:
            log.warning("the hub brought no token for the live model: %s", error or "it took too long")
            return None
        return str(answer["token"]) if answer.get("type") == "token" else None

    def _setup(self, welcome: Welcome, language: Language) -> LiveSetup:
        labels = [spot.label for spot in welcome.spots]
        scene = Scene(
            assistant=self.briefing.settings.assistant, site=welcome.site, labels=labels,
            tools=[str(tool["name"]) for tool in welcome.tools], currency=welcome.currency,
            local=datetime.now(self._zone),
        )  # fmt: skip
        return LiveSetup(
            system=instruction(scene, language), tools=welcome.tools, voice=self.briefing.settings.gemini.voice,
            language=language, vocabulary=labels,
        )  # fmt: skip

    def _recognize(self, pcm: bytes) -> str:
        """In a thread."""
        welcome = self.door.welcome
        labels = {} if welcome is None else {spot.id: spot.label for spot in welcome.spots}
        if self._recognizer is None:
            return ""
        return self._recognizer.hear(pcm, phrases(self.briefing.locale, labels))

    async def figures(self) -> None:
        """Tell the hub our numbers, until cancelled."""
        while True:
            await asyncio.sleep(FIGURES_S)
            self._tell_figures()

    def _tell_figures(self) -> None:
        self.door.tell({"type": "metrics", **self._taken()})

    def _taken(self) -> dict[str, float]:
        spent, minutes = self.exchange.spent, self.briefing.settings.daily_budget_minutes
        return self.director.figures.taken(budget_seconds=minutes * 60.0, budget_used_seconds=spent.seconds)


class Sound:
    """Ears and mouth of `parts`, at the sound card."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.briefing.settings
        self._parts = parts
        director = parts.director
        self.microphone = Microphone(
            settings.microphone,
            silence_s=CANCELLED_SILENCE_S if settings.echo == "cancelled" else SILENCE_S,
            on_state=lambda state: director.take(on.MicrophoneChanged(state != "lost")),
        )
        self.speaker = Speaker(settings.speaker)
        self.mouth = Mouth(self.speaker, parts.shelf, lambda: director.take(on.Drained()))
        director.mouth = self.mouth

    async def hear(self) -> None:
        """Give the ear what the microphone hears while somebody is to be heard; otherwise the card keeps it to itself,
        which spares fifty wakings a second, and hands its last seconds over when it begins."""
        director = self._parts.director
        while True:
            await director.listening.wait()
            async with aclosing(self.microphone.frames()) as frames:
                async for frame in frames:
                    director.heard(frame.pcm, frame.at * 1000)
                    if not director.listening.is_set():
                        break

    async def tick(self) -> None:
        """Let the ear notice that nothing comes."""
        while True:
            await self._parts.director.listening.wait()
            await asyncio.sleep(TICK_S)
            self._parts.director.heard_nothing(asyncio.get_running_loop().time() * 1000)

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """What is to be run."""
        return [self.microphone.run(), self.speaker.run(), self.mouth.run(), self.hear(), self.tick(), self._count()]

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(COUNTED_S)
            self._parts.director.figures.sound(
                frames_dropped=self.microphone.dropped, overflows=self.microphone.overflows,
                underflows=self.speaker.underflows, reopened=self.microphone.reopened,
            )  # fmt: skip


async def serve(parts: Parts, work: list[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    """Run all parts until `stop`; whatever else ends or fails ends EVA, and systemd starts her again."""
    tasks = [
        asyncio.create_task(each, name=getattr(each, "__qualname__", "voice"))
        for each in (*work, parts.door.run(), parts.exchange.run(), parts.figures())
    ]
    stopping = asyncio.create_task(stop.wait(), name="voice: stop")
    try:
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        if stopping in done:
            parts.director.take(on.Leaving())
        for task in done - {stopping}:
            task.result()
            raise RuntimeError(f"{task.get_name()} has ended")
    finally:
        await parts.director.end()
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)


async def attend(notify: Notify, parts: Parts) -> None:
    """Tell the service manager that EVA is there, and go on telling it, from the loop that must not hang."""
    every_s = min(SIGN_S, notify.watchdog_s / 3) if notify.watchdog_s else SIGN_S
    notify.ready()
    while True:
        notify.alive()
        notify.status("waiting for the gateway" if parts.door.welcome is None else "ready for drivers")
        await asyncio.sleep(every_s)


async def run(briefing: Briefing) -> None:
    """EVA at the kiosk, until SIGTERM or SIGINT."""
    stop, notify = stopped_by_signals(), Notify()
    parts = Parts(briefing, recognizer=await asyncio.to_thread(_recognizer, briefing))
    sound = Sound(parts)
    warming = asyncio.create_task(asyncio.to_thread(parts.shelf.warm, briefing.locale), name="voice: prompts")
    try:
        await serve(parts, [*sound.work(), attend(notify, parts)], stop)
    finally:
        notify.stopping()
        await asyncio.wait([warming])


def stopped_by_signals() -> asyncio.Event:
    """Set when the process is told to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    return stop


def folders(briefing: Briefing) -> list[Path]:
    """Where prompts are looked for: the installer's recordings first."""
    settings = briefing.settings
    return [each for each in (settings.recordings, settings.prompts) if each is not None]


def limits(briefing: Briefing) -> budget.Limits:
    """What may be spent."""
    settings = briefing.settings
    return budget.Limits(minutes_a_day=settings.daily_budget_minutes, tokens_a_day=settings.daily_budget_tokens)


def gemini_options(briefing: Briefing) -> GeminiOptions:
    """Which model, and where."""
    gemini = briefing.settings.gemini
    vertex = None if gemini.vertex is None else Vertex(project=gemini.vertex.project, location=gemini.vertex.location)
    return GeminiOptions(model=gemini.model, api_version=gemini.api_version, vertex=vertex, base_url=gemini.base_url)


def recognizer_of(briefing: Briefing) -> LocalRecognizer | None:
    """What the settings name for the time without the cloud. Takes seconds. Raises RecognizerMissing."""
    folder = briefing.settings.recognizer
    return None if folder is None else VoskRecognizer(folder.vosk)


def _recognizer(briefing: Briefing) -> LocalRecognizer | None:
    try:
        return recognizer_of(briefing)
    except RecognizerMissing as error:
        log.error("%s", error)  # the screen's buttons are left
        return None


def _vad(briefing: Briefing) -> Vad:
    if briefing.settings.vad == "silero":
        from edgegw.voice.hearing.silero import SileroVad

        return SileroVad()
    from edgegw.voice.hearing.webrtc import WebrtcVad

    return WebrtcVad()
