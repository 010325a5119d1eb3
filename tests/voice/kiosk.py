"""A kiosk with EVA, as an installer has it: a gateway, a voice process, a scripted Live server, a sound card."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tty
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegw.simulate.live import LiveServer, make_certificate, parse
from tests.support.gateway import AS_AT_A_SITE, CHECKOUT, GatewayProcess, Process, until
from tests.support.sound import MICROPHONE, SPEAKER, SoundRig

PIN = "4711"
"""A token of the local list that is short enough to be typed at the screen."""

PROBE: dict[str, Any] = {"steps": []}
"""The connection of her self-test at the start."""


class VoiceProcess(Process):
    """`edgegw voice` beside a gateway, with its file."""

    def __init__(self, gateway: GatewayProcess, rig: SoundRig | None = None, certificate: Path | None = None) -> None:
        super().__init__(gateway.folder, "voice")
        self._file = gateway.file
        self.environment = {
            **({} if rig is None else rig.environ),
            **({} if certificate is None else {"SSL_CERT_FILE": str(certificate)}),
        }

    def start(self, until_line: str = "the hub is there") -> None:
        """Start, and wait for a line of its log."""
        self._launch("voice", "-c", str(self._file))
        self._wait(lambda: until_line in self.text)

    @property
    def text(self) -> str:
        return self.log.read_text()


class CardReader:
    """A serial reader: the gateway has one end of a pseudo-terminal, the driver's hand the other."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._ours)
        self.device = os.ttyname(self._theirs)

    def show(self, card: str) -> None:
        """A card is held to it, once."""
        os.write(self._ours, f"{card}\r\n".encode())

    def close(self) -> None:
        os.close(self._theirs)
        os.close(self._ours)


def voice_section(folder: Path, **more: Any) -> dict[str, Any]:
    """The sections of the file that make a kiosk with EVA of a gateway in `folder`."""
    (folder / "credentials").mkdir(exist_ok=True)
    (folder / "credentials" / "gemini").write_text("test-key\n")
    voice: dict[str, Any] = {
        "enabled": True, "microphone": MICROPHONE, "speaker": SPEAKER, "state": str(folder),
        "prompts": str(folder / "prompts"), "gemini": {"api_key": {"credential": "gemini"}}, **more,
    }  # fmt: skip
    web = {
        "listen": None, "control": str(folder / "control.sock"), "voice_socket": str(folder / "voice.sock"),
        "kiosk": {"pairing": False},
    }  # fmt: skip
    return {"voice": voice, "web": web}


@dataclass(slots=True)
class Kiosk:
    """All of it, running."""

    gateway: GatewayProcess
    voice: VoiceProcess
    server: LiveServer
    rig: SoundRig
    certificate: Path
    """Of the server."""
    reader: CardReader

    async def asked(self, method: str, path: str, body: Any = None) -> Any:
        """What the screen's own door answers."""
        status, found = await asyncio.to_thread(self.gateway.api, method, f"/api/v1/kiosk{path}", body)
        assert status == 200, found
        return found

    async def press(self, pressed: bool = True) -> None:
        """Somebody touches the screen's talk button."""
        await self.asked("POST", "/button", {"pressed": pressed})

    async def touch(self) -> None:
        """Shortly."""
        await self.press()
        await self.press(False)

    async def say(self, text: str) -> None:
        """Somebody speaks at the kiosk."""
        await asyncio.to_thread(self.rig.say, text)

    async def facts(self, kind: str) -> list[Mapping[str, Any]]:
        """Facts of a kind so far."""
        found = await asyncio.to_thread(self.gateway.get, f"/facts?type={kind}")
        return list(found["items"])

    async def screen(self) -> Mapping[str, Any]:
        """What the screen shows."""
        state: Mapping[str, Any] = (await self.asked("GET", ""))["state"]
        return state

    async def waiting(self, within_s: float = 15.0) -> str:
        """Wait until an action waits for the driver's hand; its id."""

        async def there() -> bool:
            return bool((await self.screen())["pending"])

        await until(there, within_s, f"an action waits; {self.voice.text[-2000:]}")
        return str((await self.screen())["pending"][0]["id"])

    async def confirm(self, action: str) -> str:
        """The driver touches the button of what waits; what is decided."""
        return str((await self.asked("POST", f"/confirm/{action}", {}))["decision"])

    async def shown(self, state: str, within_s: float = 10.0) -> None:
        """Wait until the screen shows that EVA is in a state."""

        async def so() -> bool:
            return bool((await self.screen())["voice"]["state"] == state)

        await until(so, within_s, f"EVA {state}; {self.voice.text[-2000:]}")


@asynccontextmanager
async def a_kiosk(
    folder: Path, connections: list[dict[str, Any]], *, broker: str | None = None, rig: SoundRig | None = None,
    **voice: Any,
) -> AsyncIterator[Kiosk]:  # fmt: skip
    """Everything, once EVA is ready. `connections`: what the Live server plays after her self-test. CARD1 and CARD3 are
    good cards. `rig` is one that runs already."""
    async with AsyncExitStack() as stack:
        if rig is None:
            rig = await asyncio.to_thread(stack.enter_context, SoundRig())
        reader = CardReader()
        stack.callback(reader.close)
        certificate, key = await asyncio.to_thread(make_certificate, folder)
        scenario = parse({"connections": [PROBE, *connections]})
        server = await stack.enter_async_context(LiveServer(scenario, certificate, key))
        sections = voice_section(folder, **voice)
        sections["voice"]["gemini"]["base_url"] = server.url
        sections["web"]["kiosk"]["reader"] = {"serial": reader.device}
        stations = [{"id": "CP01", "name": "Vaga 1"}, {"id": "CP02", "name": "Vaga 2"}]
        gateway = GatewayProcess(folder, stations, broker=broker, more=sections)
        with (folder / "tokens.yaml").open("a") as tokens:
            tokens.write(f"CARD3: accepted\n'{PIN}': accepted\n")
        await asyncio.to_thread(stack.enter_context, gateway)
        process = VoiceProcess(gateway, rig, certificate)
        stack.callback(process.stop)
        await asyncio.to_thread(process.start)
        kiosk = Kiosk(gateway, process, server, rig, certificate, reader)
        await server.until(lambda: server.record.connections and server.record.connections[0].closed_at is not None)
        await kiosk.shown("idle")
        yield kiosk


def checked(kiosk: Kiosk) -> tuple[int, dict[str, tuple[bool, str]]]:
    """`edgegw voice --check` at it: its exit code, and of each part whether it is good, and the text."""
    done = subprocess.run(
        [sys.executable, "-m", "edgegw", "voice", "--check", "--json", "-c", str(kiosk.gateway.file)],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=40, check=False,
        env={**os.environ, **AS_AT_A_SITE, **kiosk.rig.environ, "SSL_CERT_FILE": str(kiosk.certificate)},
    )  # fmt: skip
    return done.returncode, {each["part"]: (each["good"], each["text"]) for each in json.loads(done.stdout)}


def typed(kiosk: Kiosk, *lines: str) -> tuple[int, str]:
    """`edgegw voice --text` with these lines typed: its exit code, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "edgegw", "voice", "--text", "-c", str(kiosk.gateway.file)],
        cwd=CHECKOUT, input="".join(f"{line}\n" for line in lines), capture_output=True, text=True,
        timeout=40, check=False,
        env={**os.environ, **AS_AT_A_SITE, "SSL_CERT_FILE": str(kiosk.certificate)},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
