"""A hub as it stands: `edgegw run`, stations that hold what they are told, cars, a building, and what cables carry.

One physical world feeds cars and building; the supply's meter sees it over Modbus TCP, the gateway learns no more than
that meter and the stations tell. `Plant.over` is the other view: what really flowed, by place and moment. Each way of
the LAN goes through a relay that can be cut.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from edgegw.simulate import Building, Car, Meter, Place, Station, World
from edgegw.simulate.link import Payload, Reply
from edgegw.simulate.station import Version
from edgegw.simulate.world import PHASES, Feeder, Phase
from tests.support.gateway import GatewayProcess, until

STEP_S: Final = 0.05
"""How often the physics moves, and what flows is held against the breakers."""

NOISE_A: Final = 0.1
"""So much above a breaker is none: half of the step of a limit."""


class Household(Building):
    """A building whose currents are set by hand, in phase with the cars': the worst that it can be."""

    POWER_FACTOR = 1.0

    def __init__(self, a: float) -> None:
        self.a: dict[Phase, float] = dict.fromkeys(PHASES, a)

    def current_a(self, phase: Phase, at_s: float) -> float:
        return self.a[phase]


@dataclass(frozen=True)
class Post:
    """A station: what the gateway is told of it, and what is so. `wired` are the site's phases on its terminals, where
    they are not those of the file; `faults` those of `edgegw.simulate.faults`."""

    id: str
    version: Version = "1.6"
    phases: tuple[Phase, ...] = PHASES
    wired: tuple[Phase, ...] | None = None
    line: bool = False
    max_a: float = 32.0
    circuit: str = "main"
    faults: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        evse: dict[str, Any] = {"id": 1, "max_a": self.max_a, "phases": list(self.phases)}
        if self.line:
            evse["wiring"] = "line"
        return {"id": self.id, "circuit": self.circuit, "evses": [evse], **self.more}


class Watched(Station):
    """A station that keeps when it was told what."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.told: list[tuple[float, float]] = []
        """(monotonic time, limit) of each charging profile that has come."""

    def serve(self, action: str, payload: Payload) -> Reply | None:
        profile = payload.get("csChargingProfiles", payload.get("chargingProfile"))
        if action == "SetChargingProfile" and profile is not None:
            schedule = profile["chargingSchedule"]
            schedule = schedule[0] if isinstance(schedule, list) else schedule
            self.told.append((monotonic(), schedule["chargingSchedulePeriod"][0]["limit"]))
        return super().serve(action, payload)


class Relay:
    """A TCP way to `port` that can be `cut`: then no byte passes, and nobody is told."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open = asyncio.Event()
        self._open.set()
        self._closed = False
        self._pumps: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        self._open.clear()

    def mend(self) -> None:
        self._open.set()

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            self._closed = True
            self.mend()  # whoever waits to be let in goes
            for pump in list(self._pumps):
                pump.cancel()
            await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        if self._closed:
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        for pair in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(*pair), name="relay")
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@dataclass(frozen=True)
class Excess:
    """A moment at which a place carried more than its breaker."""

    at: float
    place: tuple[str, Phase]
    current_a: float
    over_a: float
    for_s: float


class Plant:
    """Use as an async context manager; then gateway, meter and stations run, and all stations are booted.

    `supply` are keys of the file's section beside `limit_a`; `circuits` gives each its breaker or (parent, breaker).
    `meter_port` is that of another way to the meter than its own Modbus TCP.
    """

    def __init__(
        self,
        folder: Path,
        posts: Sequence[Post],
        *,
        limit_a: float = 63.0,
        building_a: float = 0.0,
        circuits: Mapping[str, float | tuple[str, float]] | None = None,
        meter_every_s: float = 10.0,
        more: Mapping[str, Any] | None = None,
        meter_port: int | None = None,
        framing: str = "tcp",
        **supply: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.posts = {post.id: post for post in posts}
        self.limit_a = limit_a
        self.household = Household(building_a)
        self.places = {post.id: Place(1, post.wired or post.phases, post.line, post.max_a) for post in posts}
        self.world = World(self.places.values(), voltage_v=230.0, building=self.household)
        parents = {name: each if isinstance(each, tuple) else ("main", each) for name, each in (circuits or {}).items()}
        self.breakers = {"main": limit_a} | {name: a for name, (_, a) in parents.items()}
        below = {name: [self.places[post.id] for post in posts if _is_below(post.circuit, name, parents)]
                 for name in parents}  # fmt: skip
        self.feeders: dict[str, Feeder] = {"main": self.world.feeder()}
        self.feeders |= {name: self.world.feeder(places, building=False) for name, places in below.items()}
        self.meter = Meter(self.feeders["main"], "eastron-sdm630")
        self.excess: list[Excess] = []
        self.lan: list[Relay] = []
        self.stations: dict[str, Watched] = {}
        self.gateway: GatewayProcess
        self._folder, self._supply, self._parents = folder, supply, parents
        self._more, self._meter_every_s = more or {}, meter_every_s
        self._meter_port, self._framing = meter_port, framing
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Plant:
        async with contextlib.AsyncExitStack() as stack:
            meter = Relay(self._meter_port or await stack.enter_async_context(self.meter.serve()))
            meter_port = await stack.enter_async_context(meter.serve())
            connection = {"host": "127.0.0.1", "port": meter_port, "framing": self._framing}
            supply = {"voltage_v": 230, "limit_a": self.limit_a, **self._supply}
            if self._parents:
                supply["circuits"] = [
                    {"id": name, "parent": parent, "limit_a": a} for name, (parent, a) in self._parents.items()
                ]
            grid = {
                "id": "grid", "measures": "supply", "driver": "eastron-sdm630", "connection": connection, "unit": 1
            }  # fmt: skip
            more = {"supply": supply, "meters": [grid], **self._more}
            self.gateway = GatewayProcess(self._folder, [post.written() for post in self.posts.values()], more=more)
            (self._folder / "tokens.yaml").write_text("".join(f"CARD-{each}: accepted\n" for each in self.posts))
            self._step(0.0)
            stack.enter_context(self.gateway)
            stations = Relay(self.gateway.port)
            port = await stack.enter_async_context(stations.serve())
            self.lan = [meter, stations]
            physics = asyncio.create_task(self._physics(), name="physics")
            stack.push_async_callback(_ended, physics)
            for post in self.posts.values():
                station = Watched(
                    post.id, post.version, url=f"ws://127.0.0.1:{port}/ocpp", places=[self.places[post.id]],
                    world=self.world, meter_every_s=self._meter_every_s, faults=post.faults, backoff_s=(0.2, 1.0),
                    patience_s=5.0,
                )  # fmt: skip
                self.stations[post.id] = await stack.enter_async_context(station)
            for station in self.stations.values():
                await station.until(lambda station=station: station.booted and station.told, 30.0)
            # Before the first reading the building counts at its most, which may pause the first car for a minute.
            await until(lambda: bool(self.gateway.get("/circuits")["items"][0]["trust"] == "live"), 30.0, "a reading")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()
        await asyncio.sleep(0.05)  # what the ends of its connections have to say to each other

    # What people do

    async def charge(self, *names: str, **car: Any) -> None:
        """Cars are plugged in at these stations, all at once, and their drivers show a card."""
        options: dict[str, Any] = {"capacity_wh": 1e6, "soc": 0.1}
        for name in names:
            self.stations[name].plug(Car(**options | car))
        taken = await asyncio.gather(*(self.stations[name].present(f"CARD-{name}") for name in names))
        assert all(taken), dict(zip(names, taken, strict=True))

    async def leave(self, name: str) -> None:
        self.stations[name].unplug()

    def cut_lan(self) -> None:
        """Every cable of the LAN is cut: no byte passes, and nobody is told."""
        for relay in self.lan:
            relay.cut()

    async def settled(self, within_s: float = 60.0, for_s: float = 4.0) -> None:
        """Wait until what the cars draw has stood still for a while."""
        deadline, since, before = monotonic() + within_s, monotonic(), self.drawn()
        while monotonic() - since < for_s:
            await asyncio.sleep(0.25)
            if any(abs(a - before[name]) > 0.3 for name, a in self.drawn().items()):
                since, before = monotonic(), self.drawn()
            assert monotonic() < deadline, f"the cars never came to rest: {before}"

    # What is so

    def drawn(self) -> dict[str, float]:
        return {name: place.drawn_a for name, place in self.places.items()}

    def flows(self, circuit: str = "main") -> dict[Phase, float]:
        return dict(zip(PHASES, self.feeders[circuit].amps, strict=True))

    def over(self, since: float = 0.0) -> list[Excess]:
        return [each for each in self.excess if each.at >= since]

    def over_s(self, since: float) -> float:
        """How long after `since` the last phase came under its breaker; 0 when none was over."""
        return max((each.at - since for each in self.over(since)), default=0.0)

    def over_as(self, since: float = 0.0) -> float:
        """Ampere-seconds over breakers."""
        return sum(each.over_a * each.for_s for each in self.over(since))

    def facts(self, kind: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.gateway.get(f"/facts?type={kind}&limit=1000")["items"]
        return items

    async def fact(self, kind: str, within_s: float = 30.0) -> dict[str, Any]:
        """The first fact of a kind, as soon as there is one."""
        await until(lambda: bool(self.facts(kind)), within_s, f"a fact {kind}")
        return self.facts(kind)[0]

    async def _physics(self) -> None:
        last = monotonic()
        while True:
            await asyncio.sleep(STEP_S)
            now = monotonic()
            self._step(now - last)
            last = now

    def _step(self, for_s: float) -> None:
        self.world.step(for_s)
        at = monotonic()
        for circuit, feeder in self.feeders.items():
            for phase, a in zip(PHASES, feeder.amps, strict=True):
                if (over_a := a - self.breakers[circuit]) > NOISE_A:
                    self.excess.append(Excess(at, (circuit, phase), a, over_a, for_s))


def _is_below(circuit: str, name: str, parents: Mapping[str, tuple[str, float]]) -> bool:
    while circuit != "main":
        if circuit == name:
            return True
        circuit = parents[circuit][0]
    return False


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
