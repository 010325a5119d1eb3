"""A kiosk with all that is real but the cloud and the street: gateway, EVA, SDK, sound server, a virtual station.

Everything runs at a real-time priority where that is allowed: this machine's other work is not what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegw.simulate.car import Car
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.live import Connection, LiveServer, make_certificate, parse
from edgegw.simulate.station import Station
from tests.bench.eva.track import Track
from tests.support.gateway import GatewayProcess, until
from tests.support.sound import HEARD_HZ, MICROPHONE, PLAYED_HZ, SPEAKER, Recording, SoundRig
from tests.support.speech import spoken
from tests.voice.kiosk import PROBE, VoiceProcess, voice_section

MONITOR_S: Final = 0.010
"""The rig's recorders ask for blocks of 10 ms, and a null sink hands its monitor a block when it begins to play it. The
microphone's samples are left 10 ms too early, which makes what is counted from them longer."""
PIN: Final = "482917"
OWN: Final = "CP01"
"""The station at which charges begin and end."""
PROBED: Final = "CP09"
"""The station that asks the hub over and over, where that is measured."""
SAYS: Final = (
    "quanto custa carregar aqui?", "quanto falta para terminar?", "pode começar a carregar agora",
    "qual é o preço do quilowatt hora?", "quero carregar só trinta quilowatt hora", "a tomada não solta do meu carro",
    "quanto eu gastei na semana passada?", "meu cartão não funciona",
)  # fmt: skip
"""Long enough that the hang-over is the usual one."""


class Timed(Station):
    """A station that knows how long it took itself to answer."""

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.own_s: list[tuple[str, float]] = []

    def serve(self, action: str, payload: Payload) -> Reply | None:
        began = time.perf_counter()
        try:
            return super().serve(action, payload)
        finally:
            self.own_s.append((action, time.perf_counter() - began))


@dataclass
class Heard:
    """What was at the microphone and at the speaker; to be read when the recording has ended."""

    _microphone: Recording
    _speaker: Recording
    tracks: tuple[Track, Track] | None = field(default=None)

    @property
    def microphone(self) -> Track:
        return self._both()[0]

    @property
    def speaker(self) -> Track:
        return self._both()[1]

    def _both(self) -> tuple[Track, Track]:
        if self.tracks is None:
            self.tracks = (
                Track(self._microphone.pieces, HEARD_HZ), Track(self._speaker.pieces, PLAYED_HZ, ahead_s=MONITOR_S),
            )  # fmt: skip
        return self.tracks


@dataclass(slots=True)
class Stand:
    gateway: GatewayProcess
    voice: VoiceProcess
    server: LiveServer
    rig: SoundRig
    station: Timed
    source: str
    """Name of the microphone's source at the sound server."""

    async def post(self, path: str, **body: Any) -> Any:
        """A touch on the kiosk's screen."""
        status, answer = await asyncio.to_thread(self.gateway.api, "POST", f"/api/v1/kiosk/{path}", body)
        assert status == 200, (path, status, answer)
        return answer

    async def touch(self) -> None:
        """The talk button, shortly."""
        await self.post("button", pressed=True)
        await self.post("button", pressed=False)

    async def shown(self, *states: str, within_s: float = 15.0) -> None:
        """Wait until the screen shows one of these."""

        async def so() -> bool:
            _, body = await asyncio.to_thread(self.gateway.api, "GET", "/api/v1/kiosk")
            return body["state"]["voice"]["state"] in states

        await until(so, within_s, f"EVA {' or '.join(states)}; {self.voice.text[-3000:]}")

    async def say(self, text: str, voice: str = "pt-br") -> None:
        """Somebody speaks at the kiosk, until he has spoken."""
        pcm = await asyncio.to_thread(lambda: spoken(text, voice).tobytes())
        await self.play(pcm)

    async def play(self, pcm: bytes) -> None:
        process = self.rig.play(pcm)
        await asyncio.to_thread(process.wait, 120)

    @contextlib.contextmanager
    def heard(self) -> Iterator[Heard]:
        """What is at the microphone and at the speaker meanwhile."""
        with self.rig.recording(self.source, hz=HEARD_HZ) as microphone, self.rig.recording() as speaker:
            yield Heard(microphone, speaker)

    def script(self, *connections: Mapping[str, Any]) -> None:
        """What the server plays from its next connection on; its sounds were among those of the beginning."""
        passed = len(self.server.record.connections) + len(self.server.record.refused)
        self.server.scenario = parse({"connections": [*[PROBE] * passed, *connections]})

    async def begin(self) -> Connection:
        """A dialogue, once the model listens to it."""
        before = len(self.server.record.connections)
        await self.touch()
        await self.server.until(lambda: len(self.server.record.connections) > before, 10)
        connection = self.server.record.connections[before]
        await self.server.until(lambda: connection.sent, 10)
        return connection

    async def end(self) -> None:
        """It is over: she has hung up because nobody spoke, or is told to."""
        with contextlib.suppress(AssertionError):
            await self.shown("idle", within_s=60)

    async def plug(self) -> None:
        """A car comes to the station."""
        if self.station.places[1].car is None:
            self.station.plug(Car())
        await asyncio.sleep(0.3)

    async def unplug(self) -> None:
        self.station.unplug()
        await asyncio.sleep(0.3)


def in_real_time() -> bool:
    """This process and those that it starts from now on; whether it is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        print("bench: voice: no real-time priority here; what else runs is in the figures", file=sys.stderr)
        return False
    return True


@contextlib.asynccontextmanager
async def standing(
    folder: Path, connections: Sequence[Mapping[str, Any]], *, rig: SoundRig | None = None, source: str = MICROPHONE,
    **voice: Any,
) -> AsyncIterator[Stand]:  # fmt: skip
    """A kiosk, once EVA is ready and the station has booted. `connections`: all that the server will play."""
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        if rig is None:
            rig = await asyncio.to_thread(stack.enter_context, SoundRig())
        certificate, key = await asyncio.to_thread(make_certificate, folder)
        server = LiveServer(parse({"connections": [PROBE, *connections]}), certificate, key)
        await stack.enter_async_context(server)
        sections = voice_section(folder, **voice)
        sections["voice"]["gemini"]["base_url"] = server.url
        prompts = ["voice", "--render-prompts", sections["voice"]["prompts"]]
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "edgegw", *prompts], check=True, capture_output=True
        )
        stations = [{"id": each, "name": f"Vaga {n}"} for n, each in enumerate((OWN, "CP02", PROBED), 1)]
        gateway = GatewayProcess(folder, stations, more=sections)
        (folder / "tokens.yaml").write_text(f'"{PIN}": accepted\n')
        await asyncio.to_thread(stack.enter_context, gateway)
        station = await stack.enter_async_context(Timed(OWN, url=gateway.url))
        await station.until(lambda: station.booted, 20)
        process = VoiceProcess(gateway, rig, certificate)
        stack.callback(process.stop)
        await asyncio.to_thread(process.start)
        stand = Stand(gateway, process, server, rig, station, source)
        await server.until(lambda: server.record.connections and server.record.connections[0].closed_at is not None)
        await stand.shown("idle")
        yield stand


__all__ = ["MICROPHONE", "OWN", "PIN", "PROBED", "SAYS", "SPEAKER", "Heard", "Stand", "in_real_time", "standing"]
