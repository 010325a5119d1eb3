"""docs/cloud.md is true: its commands run, its consumer consumes, its examples are what the codecs take and make."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.commands.arguments import complaint
from edgegw.core.desired import decide_desired
from edgegw.model.commands import CATALOGUE, Command
from edgegw.mqtt import Account
from edgegw.simulate import Car, Station
from edgegw.uplink.codec.asking import MAX_DOCUMENT_BYTES, MAX_RESPONSE_BYTES, decode_response, short_lived, word
from edgegw.uplink.codec.events import MAX_EVENTS, decode
from edgegw.uplink.codec.messages import (
    MAX_COMMAND_BYTES,
    MAX_ID_LENGTH,
    decode_acknowledgement,
    decode_command,
    decode_presence,
)
from edgegw.uplink.requests import ASK_S
from edgegw.uplink.settings import UplinkSettings
from edgegw.uplink.sync import WINDOW_BYTES, WINDOW_MESSAGES
from tests.support.catalogue import GUIDE, renewed
from tests.support.contract import DOCUMENT, complaints
from tests.support.gateway import CHECKOUT, GatewayProcess, until
from tests.support.hubs import a_site
from tests.support.mosquitto import EXECUTABLE, Mosquitto
from tests.support.ports import free_port
from tests.support.world import World

TEXT = GUIDE.read_text(encoding="utf-8")
SITE = "paulista-01"

pytestmark = pytest.mark.timeout(240)

needs_mosquitto = pytest.mark.skipif(EXECUTABLE is None, reason="mosquitto is not installed: apt install mosquitto")


@dataclass(frozen=True)
class Block:
    """A fenced block of the guide: its language, the word behind it, and the lines."""

    language: str
    name: str
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+) ?(\w*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)]
EXAMPLES = [block for block in BLOCKS if block.language == "json"]


# The text


def test_its_tables_are_those_of_the_catalogues() -> None:
    assert renewed(TEXT) == TEXT, "write them anew: .venv/bin/python -m tests.support.catalogue"


def test_its_links_lead_somewhere() -> None:
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif not target.startswith("https://"):
            assert (GUIDE.parent / target).exists(), target
    for path in re.findall(r"`((?:edgegw|tests)/[\w/.*]+\.\w+)`", TEXT):
        assert list(CHECKOUT.glob(path)), path


def test_its_limits_are_those_of_the_code() -> None:
    account, settings = Account(client_id="x"), UplinkSettings()
    for line in (
        f"| at most {settings.max_batch // 1024} KiB of events (`uplink.max_batch`), {MAX_EVENTS} events, "
        f"{settings.max_rate:g} publishes a second (`uplink.max_rate`) |",
        f"| {WINDOW_MESSAGES} messages and {WINDOW_BYTES // 1024} KiB, ",
        f"| keep alive {account.keepalive_s} s, session kept for {account.session_expiry_s // 3600} h, "
        f"Receive Maximum {account.receive_maximum} |",
        f"| {MAX_COMMAND_BYTES // 1024} KiB, its id {MAX_ID_LENGTH} characters |",
        f"| {MAX_RESPONSE_BYTES // 1024} KiB, within {ASK_S:g} s |",
        f"| {MAX_DOCUMENT_BYTES // 1024} KiB, ",
    ):
        assert line in TEXT, line


# The examples


def _desired(name: str) -> Callable[[bytes], Any]:
    def take(payload: bytes) -> Any:
        world = World(site=a_site())
        return decide_desired(world.state, name, json.loads(payload), world.context)

    return take


def _ordered(payload: bytes) -> bool:
    name = json.loads(payload)["name"]
    command = decode_command(name, payload)
    assert isinstance(command, Command), command
    assert complaint(name, CATALOGUE[name], command.args) is None
    return True


CODECS: dict[str, Callable[[bytes], Any]] = {
    "facts_batch": decode,
    "samples_batch": decode,
    "watermark": decode_acknowledgement,
    "nack": decode_acknowledgement,
    "birth": decode_presence,
    "authorize_answer": lambda payload: word("x", decode_response(payload)[1]),
    "voice_token_answer": lambda payload: short_lived(decode_response(payload)[1]),
    "tokens": _desired("tokens/0"),
    "tariffs": _desired("tariffs"),
    "limits": _desired("limits"),
    "stations": _desired("stations"),
    "command_start_transaction": _ordered,
}
"""What reads a message at the end that it goes to."""


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.name)
def test_an_example_fits_its_schema_to_the_last_key_and_is_understood(block: Block) -> None:
    assert complaints(block.name, json.loads(block.text)) == []
    if block.name in CODECS:
        assert CODECS[block.name](block.text.encode())


def test_there_is_an_example_of_every_message_that_is_not_one_of_many() -> None:
    many = re.compile(r"command_|state_")
    single = {name for name in DOCUMENT["components"]["messages"] if not many.match(name)}
    shown = {block.name for block in EXAMPLES}
    assert single <= shown
    assert shown >= CODECS.keys()


# The commands


class Typist:
    """Types the guide's shell commands, each into the terminal that it says, on ports that are free."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._ports = {"1883": free_port(), "9000": free_port(), "8080": free_port()}

    def on_our_ports(self, text: str) -> str:
        for port, ours in self._ports.items():
            text = re.sub(rf"(?<=[: ]){port}\b", str(ours), text)
        return text

    def serve(self, line: str, ready: Callable[[], bool]) -> None:
        """Start what runs until it is stopped, and wait until it is there."""
        words = self._words(line)
        log = self._stack.enter_context((self._folder / f"{words[-1].replace('/', '_')}.log").open("wb"))
        process = subprocess.Popen(words, cwd=self._folder, stdout=log, stderr=log, env=ENVIRONMENT)
        self._stack.callback(_end, process)
        _wait(lambda: ready() or process.poll() is not None, line)
        assert process.poll() is None, Path(log.name).read_text()

    def run(self, line: str) -> str:
        done = subprocess.run(
            self._words(line), cwd=self._folder, capture_output=True, text=True, timeout=60, env=ENVIRONMENT
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def has(self, port: str) -> bool:
        """Whether somebody listens there."""
        sockets = Path("/proc/net/tcp").read_text(encoding="ascii")
        return f":{self._ports[port]:04X} 00000000:0000 0A" in sockets

    def _words(self, line: str) -> list[str]:
        words = shlex.split(self.on_our_ports(line))
        if words[:2] == ["../run", "edgegw"]:
            return [sys.executable, "-m", "edgegw", *words[2:]]
        return [EXECUTABLE or "", *words[1:]] if words[0] == "mosquitto" else words


ENVIRONMENT = {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin:/usr/sbin"}


def _wait(condition: Callable[[], bool], what: str, within_s: float = 40.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)


def _rows(database: Path, query: str) -> list[Any]:
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # its tables are being made
            return []


@needs_mosquitto
def test_the_ten_minutes_work_as_they_are_written(tmp_path: Path) -> None:
    database = tmp_path / "cloud.db"
    with ExitStack() as stack:
        typist = Typist(tmp_path, stack)

        def types() -> set[str]:
            return {row[0].split(".")[2] for row in _rows(database, "SELECT DISTINCT type FROM facts")}

        ready: Iterator[Callable[[], bool]] = iter(
            [
                lambda: typist.has("1883"),
                database.exists,
                lambda: typist.has("9000") and "site_configured" in types(),
                lambda: "station_booted" in types(),
            ]
        )
        queries = []
        for block in BLOCKS[: BLOCKS.index(EXAMPLES[0])]:
            if block.name == "site":
                (tmp_path / "site.yaml").write_text(typist.on_our_ports(block.text))
            elif block.name == "serve":
                typist.serve(block.text, next(ready))
            else:
                for line in block.text.replace("\\\n", "").splitlines():
                    if line.startswith("sqlite3"):
                        queries += shlex.split(line)[2].split(";")
                    else:
                        assert "done" in typist.run(line)
        assert next(ready, None) is None
        assert len(queries) == 3
        _wait(lambda: all(_rows(database, query) for query in queries), "every question has an answer")
        assert _rows(database, "SELECT id_token FROM transactions")[0][0] in ("04A1B2C3", "04D4E5F6")


# The consumer


class Copied:
    """The guide's consumer in a process of its own."""

    def __init__(self, folder: Path, broker: Mosquitto, stack: ExitStack) -> None:
        self.database = folder / "events.db"
        [block] = [block for block in BLOCKS if block.name == "consumer"]
        self._file = folder / "consumer.py"
        self._file.write_text(block.text)
        self._port = broker.port
        self._log = stack.enter_context((folder / "consumer.log").open("ab"))
        self._process: subprocess.Popen[bytes] | None = None
        stack.callback(self.kill)

    def start(self) -> None:
        words = [sys.executable, str(self._file), "127.0.0.1", str(self._port), str(self.database)]
        self._process = subprocess.Popen(words, stdout=self._log, stderr=self._log)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def numbers(self, stream: str) -> list[int]:
        query = f"SELECT sequence FROM events WHERE stream = '{stream}' ORDER BY sequence"
        return [row[0] for row in _rows(self.database, query)]

    def holds(self, gateway: GatewayProcess) -> bool:
        """Every number of both streams once, up to their heads."""
        heads = gateway.get("/site")["journal"]
        return all(
            self.numbers(stream) == list(range(1, heads[stream]["head"] + 1)) and heads[stream]["head"] > 0
            for stream in ("A", "B")
        )


async def charge(station: Station) -> None:
    await station.until(lambda: station.booted)
    station.plug(Car(soc=0.4, phases=1))
    assert await station.present("CARD1")
    before = len(station.said("MeterValues"))
    await station.until(lambda: len(station.said("MeterValues")) > before)  # or the readings' stream stays empty
    station.unplug()
    await station.until(lambda: not station.waiting)


@needs_mosquitto
async def test_the_copied_consumer_holds_everything_once_through_deaths_and_the_loss_of_its_database(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(tmp_path))
        consumer = Copied(tmp_path, broker, stack)
        consumer.start()
        gateway = stack.enter_context(GatewayProcess(tmp_path, broker=broker.url, site=SITE))
        async with Station("CP01", "1.6", url=gateway.url, meter_every_s=0.2) as station:
            await charge(station)
            await until(lambda: bool(consumer.numbers("A")), what="the first facts")
            consumer.kill()
            await charge(station)  # into the broker's void
            consumer.start()
            await until(lambda: gateway.delivered and consumer.holds(gateway), 40, "everything after a kill")
            consumer.kill()
            for file in tmp_path.glob("events.db*"):
                file.unlink()
            consumer.start()
            await until(lambda: gateway.delivered and consumer.holds(gateway), 40, "everything into an empty database")
            broker.kill()
            await charge(station)
            broker.start()
            await until(lambda: gateway.delivered and consumer.holds(gateway), 60, "everything after a broker's death")
        last = _rows(consumer.database, "SELECT event FROM events WHERE stream = 'A' ORDER BY sequence")
        assert complaints("facts_batch", [json.loads(row[0]) for row in last]) == []
