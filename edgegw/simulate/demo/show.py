"""The play: the whole site from its first frame to the proof."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final, Protocol

from edgegw.simulate.demo import lines, plan, proof
from edgegw.simulate.demo.children import (
    Child,
    ChildFailed,
    broker_child,
    free_port,
    gateway_child,
    ingest_child,
    listening,
)
from edgegw.simulate.demo.gateway import Frame, Gateway, Unreachable, look
from edgegw.simulate.demo.spoken import SENTENCE, Kiosk, Unspoken
from edgegw.simulate.live import CannotMake
from edgegw.simulate.meter import Meter
from edgegw.simulate.site import Site, Visit
from edgegw.simulate.station import Station

GOOD, FAILED = 0, 1

FRAME_S: Final = 0.5
LINE_S: Final = 2.0
STARTS_WITHIN_S: Final = 20.0
SPEAKS_AT_S: Final = 8.0
LEAVE_S: Final = 4.0
"""The cars leave this long before the end, so that their bills are closed."""
SETTLES_WITHIN_S: Final = 10.0
DRAIN_S: Final = 45.0
"""How long the backlog may take to drain in the end."""


def main(words: Sequence[str]) -> int:
    """Run the demo; the exit code."""
    options = _parser().parse_args(words)
    headless = options.headless or not sys.stdout.isatty()
    folder = _folder()
    try:
        return asyncio.run(_play(options, folder, headless))
    except (CannotMake, ChildFailed, Unreachable) as error:
        sys.stderr.write(f"edgegw demo: {error}\n")
        return FAILED
    finally:
        if options.keep:
            sys.stdout.write(f"Everything of this run is in {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    """A new temporary folder, whose path leaves room for a socket's name (unix(7): 108 bytes with the zero)."""
    folder = Path(tempfile.mkdtemp(prefix="edgegw-demo-"))
    if len(os.fsencode(folder / "control.sock")) < 108:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="edgegw-demo-", dir="/tmp"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw demo",
        description="A whole site in one terminal: virtual stations, cars and meters, the gateway, a broker that is "
        "cut and returns, and the cloud's end, whose database is proven equal to the gateway's ledger.",
    )
    parser.add_argument("--for", dest="lasts_s", type=seconds, default=60.0, metavar="60s", help="how long (60s)")
    parser.add_argument("--cut-after", type=seconds, default=20.0, metavar="20s", help="the broker is cut (20s)")
    parser.add_argument("--back-after", type=seconds, default=15.0, metavar="15s",
                        help="and returns so long after the cut (15s)")  # fmt: skip
    parser.add_argument("--voice", action="store_true",
                        help="with EVA: a recorded sentence starts a charge; no sound card is needed")  # fmt: skip
    parser.add_argument("--headless", action="store_true", help="plain lines, as without a terminal")
    parser.add_argument("--keep", action="store_true", help="keep the folder with databases, logs and configuration")
    parser.add_argument("--embedded-broker", action="store_true", help="even when mosquitto is installed")
    parser.add_argument("--speed", type=float, default=60.0, metavar="N",
                        help="batteries fill and the building's day passes N times faster (60)")  # fmt: skip
    return parser


def seconds(text: str) -> float:
    """`60s`, `2m` or a number of seconds."""
    number, scale = (text[:-1], {"s": 1.0, "m": 60.0}[text[-1]]) if text[-1:] in ("s", "m") else (text, 1.0)
    value = float(number) * scale
    if not value > 0:
        raise ValueError("must be more than 0")
    return value


class Face(Protocol):
    """How the demo shows itself."""

    def show(self, frame: Frame) -> None: ...
    def close(self) -> None: ...


class Lines:
    """A line every two seconds, and one for each thing that happens."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._told = 0

    def show(self, frame: Frame) -> None:
        for at_s, note in frame.notes[self._told :]:
            _say(f"{at_s:5.1f} s  * {note}")
        self._told = len(frame.notes)
        if frame.elapsed_s >= self._next_s:
            self._next_s = frame.elapsed_s + LINE_S
            _say(lines.line(frame))

    def close(self) -> None:
        pass


class Live:
    """The table on the terminal's other screen; what happened and what was charged stay behind."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        from edgegw.simulate.demo.screen import Screen, last_picture

        self._screen, self._last_picture = Screen, last_picture
        self._console = Console()
        self._live = RichLive(console=self._console, screen=True, auto_refresh=False)
        self._live.start()
        self._last: Frame | None = None

    def show(self, frame: Frame) -> None:
        self._last = frame
        self._live.update(self._screen(frame), refresh=True)

    def close(self) -> None:
        self._live.stop()
        if self._last is not None:
            self._console.print(self._last_picture(self._last, self._console.width))


class Play:
    """One run in `folder`. `stop` ends it early, with the proof all the same."""

    def __init__(self, options: argparse.Namespace, folder: Path, face: Face) -> None:
        self._options = options
        self._folder = folder
        self._face = face
        self._began = monotonic()
        self._stopping = asyncio.Event()
        self._notes: list[tuple[float, str]] = []
        self._cloud = folder / "cloud.db"
        self._journal = folder / "data" / "journal.db"
        self._gateway = Gateway(folder / "control.sock")
        self._page = ""
        self._broker_name = ""
        self._broker_up = False
        self._children: list[Child] = []
        self._kiosk = Kiosk(folder) if options.voice else None
        self.unspoken = "the cloud knows of no charge that was begun so"
        """Why no charge was begun by voice, if none was."""

    def stop(self) -> None:
        self._stopping.set()

    @property
    def elapsed_s(self) -> float:
        return monotonic() - self._began

    def _note(self, text: str) -> None:
        self._notes.append((self.elapsed_s, text))

    async def run(self) -> proof.Proof:
        """The whole play. Raises ChildFailed."""
        options = self._options
        self._face.show(self._frame())
        site = Site(
            plan.INSTALLED, url="", voltage_v=plan.VOLTAGE_V, building=plan.building(), haste=options.speed,
            meter_every_s=1.0, backoff_s=(0.1, 2.0),
        )  # fmt: skip
        grid = Meter(site.world.feeder(), "eastron-sdm630")
        behind = [site.places[name] for name in plan.IN_ROW]
        row = Meter(site.world.feeder(behind, building=False), "carlo-gavazzi-em340")
        async with grid.serve() as grid_port, row.serve() as row_port:
            ports = plan.Ports(free_port(), free_port(), free_port(), grid_port, row_port)
            furnished = self._kiosk.furnished() if self._kiosk is not None else contextlib.nullcontext()
            async with furnished, self._parts(ports) as broker:
                site.connect_to(f"ws://127.0.0.1:{ports.stations}")
                return await self._acts(site, broker, ports)

    @contextlib.asynccontextmanager
    async def _parts(self, ports: plan.Ports) -> AsyncIterator[Child]:
        """Broker, gateway, ingest consumer and EVA, from their start to their end, whatever happens."""
        folder = self._folder
        web, voice = self._kiosk.sections() if self._kiosk is not None else ([], [])
        (folder / "tokens.yaml").write_text(plan.tokens())
        (folder / "edgegw.yaml").write_text(plan.configuration(folder, ports, web=web, more=voice))
        self._page = f"http://127.0.0.1:{ports.web}/"
        broker, self._broker_name = broker_child(folder, ports.broker, embedded=self._options.embedded_broker)
        gateway = gateway_child(folder, folder / "edgegw.yaml")
        ingest = ingest_child(folder, ports.broker, self._cloud)
        self._children = [broker, gateway, ingest]
        if self._kiosk is not None:
            self._children.append(self._kiosk.child(folder / "edgegw.yaml"))
        try:
            await asyncio.gather(*(child.start() for child in self._children))
            yield broker
        finally:
            for child in self._children:
                child.kill_now()
            await asyncio.gather(*(child.stop() for child in self._children))

    def kill_children(self) -> None:
        for child in self._children:
            child.kill_now()

    async def _acts(self, site: Site, broker: Child, ports: plan.Ports) -> proof.Proof:
        _, gateway, ingest, *_ = self._children
        acting = asyncio.create_task(self._act(site, broker, gateway, ports), name="play")
        watching = asyncio.create_task(self._watch(), name="frames")
        ending = [asyncio.create_task(child.ended(), name=child.name) for child in self._children[1:]]
        tasks: list[asyncio.Task[Any]] = [acting, watching, *ending]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            upto = await acting
            await self._look_and_show()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await gateway.stop()
        await ingest.stop()
        stations_wh = {name: int(place.register_wh) for name, place in site.places.items()}
        try:
            return proof.compare(self._journal, self._cloud, plan.SITE, upto, stations_wh)
        except sqlite3.Error as error:
            raise ChildFailed(f"the databases can't be compared: {error}{ingest.last_words()}") from error

    async def _act(self, site: Site, broker: Child, gateway: Child, ports: plan.Ports) -> proof.Heads:
        """Cars come and go, the broker is cut and returns, the backlog drains. Returns what was asked to drain."""
        options = self._options
        await listening(broker, ports.broker)
        self._broker_up = True
        await listening(gateway, ports.stations, STARTS_WITHIN_S)
        self._note(f"the gateway takes stations; its page is {self._page}")
        visits = plan.visits(options.lasts_s - self.elapsed_s, options.speed)
        living = asyncio.create_task(site.run(visits), name="site")
        try:
            if not await self._seen(lambda frame: frame.connected == len(plan.INSTALLED), STARTS_WITHIN_S):
                raise ChildFailed(f"the gateway does not show every station as connected{gateway.last_words()}")
            started = self._start_from_afar() if self._kiosk is None else self._start_by_voice(self._kiosk)
            await asyncio.gather(self._cut_and_return(broker, ports), started, self._leave(visits))
            await asyncio.gather(*(_empty(station) for station in site.stations.values()))
            self._note("the cars have left, the stations are switched off")
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
        await self._seen(lambda frame: not frame.connected and not frame.charging, SETTLES_WITHIN_S)
        upto = proof.heads(self._journal)
        await self._drained(upto)
        return upto

    async def _cut_and_return(self, broker: Child, ports: plan.Ports) -> None:
        options = self._options
        if options.cut_after >= options.lasts_s - LEAVE_S or await self._wait_until(options.cut_after):
            return
        await broker.kill()
        self._broker_up = False
        self._note("the broker is killed: charging goes on, the backlog grows")
        await self._wait_until(min(options.cut_after + options.back_after, options.lasts_s - LEAVE_S))
        await broker.start()
        await listening(broker, ports.broker)
        self._broker_up = True
        self._note("the broker is back: the backlog drains")

    async def _start_from_afar(self) -> None:
        """One car's driver has shown no card: the charge is started through the API, as a kiosk would."""
        options = self._options
        if await self._wait_until(min(options.cut_after + 3.0, 0.5 * options.lasts_s)):
            return
        plugged = ("occupied", "preparing")
        left_s = options.lasts_s - LEAVE_S - self.elapsed_s
        if not await self._seen(lambda frame: frame.status(plan.REMOTE) in plugged, left_s):
            return
        args = {"station": plan.REMOTE, "evse": 1, "id_token": plan.CARDS[plan.REMOTE]}
        outcome = await self._gateway.post("/api/v1/commands?wait=10", {"name": "start_transaction", "args": args})
        self._note(f"{plan.REMOTE} is started from the control socket: {outcome['state']}")

    async def _start_by_voice(self, kiosk: Kiosk) -> None:
        """The same car, with a driver who speaks with EVA."""
        left_s = self._options.lasts_s - LEAVE_S - self.elapsed_s
        if await self._wait_until(min(SPEAKS_AT_S, 0.25 * self._options.lasts_s)):
            self.unspoken = "the demo was over before"
            return
        talking = asyncio.create_task(kiosk.talk(self._gateway, self._note, max(0.0, left_s)), name="driver")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait((talking, stopping), return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
            else:
                self.unspoken = "the demo was over before"
        except Unspoken as error:
            self.unspoken = str(error)
            self._note(f"{plan.REMOTE} is not started by voice: {error}")
        finally:
            for task in (talking, stopping):
                task.cancel()
            await asyncio.gather(talking, stopping, return_exceptions=True)

    def spoken(self) -> bool | None:
        """Whether the cloud tells that a charge was begun by voice; None where EVA has no part."""
        if self._kiosk is None:
            return None
        return plan.REMOTE in proof.by_voice(self._cloud, plan.SITE)

    async def _leave(self, visits: list[Visit]) -> None:
        await self._wait_until(self._options.lasts_s - LEAVE_S)
        for visit in visits:
            visit.leaves.set()

    async def _wait_until(self, at_s: float) -> bool:
        """Wait for a moment of the play; True at once when it is to end early."""
        try:
            async with asyncio.timeout(max(0.0, at_s - self.elapsed_s)):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    async def _seen(self, check: Callable[[Frame], bool], within_s: float) -> bool:
        """Wait until the gateway shows what `check` is true of; False when it takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while True:
                    frame = self._frame()
                    with contextlib.suppress(Unreachable):
                        await look(self._gateway, frame)
                        if check(frame):
                            return True
                    await asyncio.sleep(0.1)
        return False

    async def _drained(self, upto: proof.Heads) -> None:
        """Wait until the cloud has committed all up to the heads; what it lacks then, the proof tells."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                while proof.missing(self._journal, self._cloud, upto):  # noqa: ASYNC110 (another process's file)
                    await asyncio.sleep(0.1)
                self._note("the cloud has committed everything")

    def _frame(self) -> Frame:
        return Frame(
            self.elapsed_s, self._options.lasts_s, self._page, self._broker_name, self._broker_up,
            notes=list(self._notes), speaks=self._kiosk is not None,
            said=self._kiosk.said if self._kiosk is not None else "",
        )  # fmt: skip

    async def _watch(self) -> None:
        while True:
            await self._look_and_show()
            await asyncio.sleep(FRAME_S)

    async def _look_and_show(self) -> None:
        frame = self._frame()
        with contextlib.suppress(Unreachable):
            await look(self._gateway, frame)
        frame.elapsed_s, frame.notes = self.elapsed_s, list(self._notes)
        self._face.show(frame)


async def _empty(station: Station) -> None:
    """Wait until no car is left and everything about them is told."""
    await station.until(lambda: not any(place.car for place in station.places.values()) and not station.waiting, 20.0)


async def _play(options: argparse.Namespace, folder: Path, headless: bool) -> int:
    face: Face = Lines() if headless else Live()
    play = Play(options, folder, face)
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        play.stop()
        if asked > 1:
            play.kill_children()
            running.cancel()

    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, stop)
    running = asyncio.ensure_future(play.run())
    try:
        result = await running
    except asyncio.CancelledError:
        face.close()
        _say("Stopped without the proof.")
        return FAILED
    except BaseException:
        face.close()
        raise
    face.close()
    for line in lines.summary(result):
        _say(line)
    spoken = play.spoken()
    if spoken is not None:
        _say(lines.spoken(SENTENCE, plan.REMOTE, play.unspoken if not spoken else None))
    return GOOD if result.holds and (spoken is not False or asked) else FAILED


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
