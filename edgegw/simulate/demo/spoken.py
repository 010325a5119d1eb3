"""EVA's part of the play: a driver before the kiosk says a sentence, shows a card, and touches the screen.

The sentence is a recording (`phrase.wav`, read by espeak-ng), which EVA hears through a pipe in the place of a
microphone, so that it needs no sound card. What Google's model would make of it is a script, served on loopback by
`edgegw.simulate.live`, to which the real SDK talks. Gateway, voice process, card reader and station are as at a site.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tty
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

from edgegw.simulate.demo.children import Child
from edgegw.simulate.demo.gateway import Gateway, Json, Unreachable
from edgegw.simulate.demo.plan import CARDS, REMOTE
from edgegw.simulate.live import LiveServer, make_certificate, parse

SENTENCE: Final = "começa na vaga seis"
BAY: Final = "Vaga 6"

PHRASE: Final = Path(__file__).with_name("phrase.wav")
LETTER_MS: Final = 45
"""What a letter takes to be said; EVA's part is a tone of that length, which nobody hears."""


class Unspoken(Exception):
    """The talk came to nothing; the text says where it stopped."""


def script() -> Json:
    """What the model makes of it, as a scenario of the scripted Live server (docs/live.md)."""
    start = {"name": "start_charge", "args": {"station": BAY}}
    steps: list[Json] = [
        {"wait": {"activity": "end"}},
        {"heard": SENTENCE},
        {"call": {"id": "c1", **start}},
        {"wait": {"results": ["c1"]}},
        *_says("Aproxime o seu cartão, por favor."),
        {"wait": {"text": 1}},  # the hub tells of the card
        {"call": {"id": "c2", **start}},
        {"wait": {"results": ["c2"]}},
        *_says("Vaga 6, um real e oitenta e nove. Confirme na tela."),
        {"wait": {"text": 1}},  # the station has taken the start
        *_says("Pronto, a recarga da vaga 6 foi aceita."),
        {"wait": {"text": 1}},  # energy flows
        *_says("O carro está carregando. Boa viagem!"),
    ]
    return {"about": "a spoken start", "connections": [{"steps": []}, {"steps": steps}]}


def _says(text: str) -> list[Json]:
    return [
        {"say": {"text": text, "audio": {"tone_ms": LETTER_MS * len(text)}, "pace": 2}},
        {"usage": {"prompt": 200, "response": 60}},
        {"generation_complete": True},
        {"turn_complete": True},
    ]


class Kiosk:
    """The things that a driver finds there, in `folder`; made by `furnished`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._microphone, self._speaker = folder / "microphone", folder / "speaker"
        self._card_reader = -1
        self._device = ""
        self._certificate = Path()
        self._url = ""
        self.said = ""
        """What the driver has said."""

    @contextlib.asynccontextmanager
    async def furnished(self) -> AsyncIterator[None]:
        """Pipes, a serial card reader, a key and a Live server. Raises CannotMake without the openssl command."""
        for pipe in (self._microphone, self._speaker):
            os.mkfifo(pipe)
        (self._folder / "credentials").mkdir()
        (self._folder / "credentials" / "gemini").write_text("a key of the demo's, good for nothing\n")
        self._certificate, key = await asyncio.to_thread(make_certificate, self._folder)
        self._card_reader, theirs = os.openpty()
        tty.setraw(self._card_reader)
        self._device = os.ttyname(theirs)
        try:
            async with LiveServer(parse(script()), self._certificate, key) as server:
                self._url = server.url
                yield
        finally:
            os.close(theirs)
            os.close(self._card_reader)

    def sections(self) -> tuple[list[str], list[str]]:
        """Lines of the installer's file: those under `web`, and the section `voice`."""
        folder = str(self._folder).replace("'", "''")
        web = [
            f"  voice_socket: '{folder}/voice.sock'",
            f"  kiosk: {{pairing: false, reader: {{serial: {self._device}}}}}",
        ]
        voice = [
            "voice:",
            "  enabled: true",
            f"  microphone: 'pipe:{folder}/{self._microphone.name}'",
            f"  speaker: 'pipe:{folder}/{self._speaker.name}'",
            f"  gemini: {{api_key: {{credential: gemini}}, base_url: '{self._url}'}}",
            f"  state: '{folder}'",
        ]
        return web, voice

    def child(self, config: Path) -> Child:
        """EVA's process."""
        command = [sys.executable, "-m", "edgegw", "voice", "-c", str(config)]
        # The certificate is the demo's own, so she trusts it and nothing else.
        return Child("EVA", command, self._folder / "voice.log", {"SSL_CERT_FILE": str(self._certificate)})

    async def talk(self, gateway: Gateway, note: Callable[[str], None], within_s: float) -> None:
        """The driver's whole visit. Raises Unspoken."""
        step = "EVA is not there"
        try:
            async with asyncio.timeout(within_s):
                await self._shows(gateway, lambda state: state["voice"]["state"] == "idle")
                step = "EVA does not listen"
                for pressed in (True, False):
                    await gateway.post("/api/v1/kiosk/button", {"pressed": pressed})
                await self._shows(gateway, _listens)
                step = "nothing was heard of it"
                note(f"at the kiosk a driver says: {SENTENCE}")
                self.said = SENTENCE
                await asyncio.to_thread(self._microphone.write_bytes, _phrase())
                await self._shows(gateway, lambda state: state["voice"]["needs_proof"] is not None)
                await self._shows(gateway, _listens)
                step = "the card was not taken"
                note("EVA asks for a card; the driver holds it to the kiosk's reader")
                os.write(self._card_reader, f"{CARDS[REMOTE]}\r\n".encode())
                waiting = (await self._shows(gateway, lambda state: bool(state["pending"])))["pending"][0]
                await self._shows(gateway, _listens)
                step = "the start came to nothing"
                answer = await gateway.post(f"/api/v1/kiosk/confirm/{waiting['id']}", {})
                note(f"{REMOTE} is started by voice, and a touch of the driver's: {answer['decision']}")
        except (TimeoutError, Unreachable):
            raise Unspoken(step) from None

    async def _shows(self, gateway: Gateway, check: Callable[[Any], bool]) -> Any:
        """What the screen shows, once `check` is true of it."""
        while True:
            with contextlib.suppress(Unreachable):
                state = (await gateway.get("/api/v1/kiosk"))["state"]
                if state["voice"]["connected"] and check(state):
                    return state
            await asyncio.sleep(0.1)


def _listens(state: Any) -> bool:
    return bool(state["voice"]["state"] == "listening")


def _phrase() -> bytes:
    with wave.open(str(PHRASE)) as file:
        pcm: bytes = file.readframes(file.getnframes())
        return pcm
