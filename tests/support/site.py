"""A whole hub in a test: a temporary ledger, a clock that stands still, virtual stations and meters, no ports.

    async def test_a_charge_is_billed(site):
        station = await site.station("CP01", "1.6")
        await station.start(import_wh=0)
        await site.advance(3600)
        await station.stop(import_wh=10_000)
        assert site.bills() == ["20.00"]

The hub, the ledger, the stations' server with its links and codecs are the real ones; the websocket is a pair of
queues, the meter a word to the hub, and time passes in `advance` alone (but a CALL that nobody answers takes half a
second of real time). The site is `tests.support.hubs.a_site`: CP01 with one EVSE, CP02 with two, cards CARD1 (accepted)
and CARD2 (blocked), 2.00 BRL a kWh. When the test is over, the ledger must be whole: see `tests.support.ledgers.check`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import orjson
from websockets.exceptions import ConnectionClosed

from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.journal.store import FILE_NAME
from edgegw.model import facts as f
from edgegw.model import site as model
from edgegw.model.commands import CATALOGUE, Asker, Command, Outcome
from edgegw.model.samples import MeterSample, Quality
from edgegw.stations.codec import Codec, Version
from edgegw.stations.link import Link
from edgegw.stations.pnc import Contracts, nobody
from edgegw.stations.quirkfiles import Families
from edgegw.stations.server import StationServer
from edgegw.stations.settings import OcppSettings
from edgegw.stations.surroundings import Surroundings, Timing
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from tests.stations.doubles import End, pair
from tests.support.clock import FakeClock
from tests.support.hubs import a_site
from tests.support.ledgers import check, facts_in

CODECS: Mapping[Version, Codec] = {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21}

TIMING = Timing(call_timeout_s=0.5)
"""A CALL of the hub's is given up after half a real second."""

ANSWER_S = 5.0
"""Real seconds that an answer of the hub may take."""

Answer = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any] | None]
"""What a virtual station says to a CALL: a payload, or what makes one of the request; None is silence."""


class Refused(Exception):
    """The hub answered a station's CALL with a CALLERROR of `code`."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code


class VirtualSite:
    """Use as a context manager, or take the fixture `site`."""

    def __init__(self, folder: Path, site: model.Site | None = None, clock: FakeClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or FakeClock()
        self.contracts: Contracts = nobody
        """Who is asked about the certificates of cars by the stations that connect from now on."""
        self.hub: Hub
        self.server: StationServer
        self.stations: list[VirtualStation] = []
        self.meters: list[VirtualMeter] = []
        self._site = site or a_site()
        self._journal: Journal
        self._commands = count(1)

    async def __aenter__(self) -> VirtualSite:
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
        if error is None:
            check(self.folder)

    async def _begin(self) -> None:
        self._journal = Journal.open(self.folder, now=self.clock.now)
        self.hub = Hub(self._site, self._journal, now=self.clock.now, monotonic=self.clock.monotonic)
        await self.hub.start()
        await self.hub.configure(self._site)
        settings = OcppSettings(unknown_stations=self._site.unknown_stations)
        around = Surroundings(self.hub, timing=TIMING, families=Families())
        self.server = StationServer(self.hub, settings, CODECS, around=around)
        names = [name for name, about in CATALOGUE.items() if about.at_station]
        self.hub.carry_out(names, self.server.orders.carry_out)

    async def _end(self) -> None:
        for station in self.stations:
            await station.hang_up()
        self.stations.clear()
        self.server.visits.cancel()
        await self.server.visits.ended()
        await self.hub.stop()
        await self._journal.close()

    async def station(self, id: str = "CP01", version: Version = "1.6", *, boot: bool = True) -> VirtualStation:
        """A station that has connected and, unless told otherwise, booted. A second one of the same id replaces it."""
        station = VirtualStation(self, id, version)
        self.stations.append(station)
        await station.connect()
        if boot:
            await station.boot()
        return station

    def meter(self, id: str = "grid") -> VirtualMeter:
        """A meter of the site, which has not been read yet."""
        meter = VirtualMeter(self, id)
        self.meters.append(meter)
        return meter

    async def advance(self, seconds: float, every: float | None = None) -> None:
        """Let time pass, at once or in steps of `every` seconds; at each, meters are read and the hub keeps house."""
        left = seconds
        while left > 0:
            step = min(left, every or seconds)
            left -= step
            self.clock.advance(step)
            for meter in self.meters:
                meter.observed()
            await self.hub.tick()

    async def command(self, name: str, *, id: str | None = None, **args: Any) -> Outcome:
        """A command from the command line, and what became of it by the station's answer, or without one."""
        command = Command(id or f"command-{next(self._commands)}", name, args, by=Asker("cli"))
        await self.hub.submit(command)
        async with asyncio.timeout(ANSWER_S):
            while self.hub.busy:
                await asyncio.sleep(0.001)
        return await self.hub.submit(command)

    async def restart(self) -> None:
        """End the hub and begin again on the same ledger. The stations are gone; meters stay."""
        await self._end()
        await self._begin()

    def facts(self, *types: str) -> list[f.Fact]:
        """The durable facts of these types, or all, in order."""
        return [fact for fact in facts_in(self.folder / FILE_NAME) if not types or fact.type in types]

    def bills(self) -> list[str]:
        """The totals of all bills, in order."""
        return [fact.total for fact in self.facts("cdr_closed") if isinstance(fact, f.CdrClosed)]


class VirtualMeter:
    """What `edgegw.meters` tells the hub of a meter: a sample for each reading, a fact when it goes and comes."""

    def __init__(self, site: VirtualSite, id: str) -> None:
        self.id = id
        self._site = site
        self._values: Mapping[str, float] = {}
        self._quality: Quality = "good"
        self._silent = False

    async def reads(self, quality: Quality = "good", **values: float) -> None:
        """From now on the meter says this: names of `model.samples.QUANTITIES`. It is read at once."""
        hub = self._site.hub
        self._values, self._quality, self._silent = values, quality, False
        self.observed()
        known = hub.state.meters.get(self.id)
        if known is not None and known.stale:
            await hub.record(f.MeterRecovered(at=hub.now(), meter=self.id))

    async def falls_silent(self, reason: str = "no answer") -> None:
        """From now on the meter does not answer, and it is stale."""
        hub = self._site.hub
        self._silent = True
        await hub.record(f.MeterStale(at=hub.now(), meter=self.id, reason=reason))

    def observed(self) -> None:
        """One round of reading."""
        if self._values and not self._silent:
            now = self._site.clock.now()
            self._site.hub.observe([MeterSample(f"meters/{self.id}", now, self._values, self._quality)])


class VirtualStation:
    """A charging station at the other end of a link. `call` sends any CALL; `boot`, `start`, `charging_state`,
    `meter_values` and `stop` are the story of a charge, the same in every version.

    `answers` says what it answers to CALLs, by action; {"status": "Accepted"} to others. `heard` are the CALLs it got,
    as (action, payload).
    """

    def __init__(self, site: VirtualSite, id: str, version: Version) -> None:
        self.id = id
        self.version = version
        self.answers: dict[str, Answer] = {"UnlockConnector": {"status": "Unlocked"}}
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.link: Link
        self._site = site
        self._end: End
        self._tasks: list[asyncio.Task[Any]] = []
        self._answered: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._ids = count(1)
        self._charges: dict[int, _Charge] = {}

    # The connection

    async def connect(self) -> None:
        """Open the connection; what the station remembers of its charges stays."""
        site = self._site
        ours, self._end = pair()
        server = site.server
        around = Surroundings(site.hub, timing=TIMING, contracts=site.contracts)
        codec = CODECS[self.version]
        self.link = Link(ours, self.id, codec, around, server.chronicle, address="192.0.2.1")
        assert await server.links.arrive(self.link)
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._listen())]

    async def hang_up(self) -> None:
        """Close the connection; the hub has written it down on return."""
        await self._end.close(1000)
        await asyncio.gather(*self._tasks)
        self._tasks = []

    async def _live(self) -> None:
        await self._site.server.links.leave(self.link, await self.link.run())

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                frame = orjson.loads(await self._end.recv())
                if frame[0] == 2:
                    await self._answer(*frame[1:])
                elif frame[0] == 5:
                    pass  # 2.1: an answer of its own was not understood, which the hub's side of the test shows
                elif not (waiting := self._answered.pop(frame[1])).done():
                    if frame[0] == 3:
                        waiting.set_result(frame[2])
                    else:
                        waiting.set_exception(Refused(frame[2], frame[3]))

    async def _answer(self, id: str, action: str, payload: dict[str, Any]) -> None:
        self.heard.append((action, payload))
        answer = self.answers.get(action, {"status": "Accepted"})
        if callable(answer):
            answer = answer(payload)  # type: ignore[assignment]
        if answer is not None:
            await self._end.say([3, id, answer])

    # Any message

    async def call(self, action: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a CALL and return the payload of its answer. Raises Refused for a CALLERROR."""
        return await self._send([2, f"{self.id}-{next(self._ids)}", action, dict(payload or {})])

    async def _send(self, frame: list[Any]) -> dict[str, Any]:
        answered = self._answered[frame[1]] = asyncio.get_running_loop().create_future()
        await self._end.say(frame)
        async with asyncio.timeout(ANSWER_S):
            answer: dict[str, Any] = await answered
            return answer

    # The story of a charge

    async def boot(self) -> dict[str, Any]:
        if self.version == "1.6":
            return await self.call("BootNotification", {"chargePointVendor": "Virtual", "chargePointModel": "V"})
        station = {"vendorName": "Virtual", "model": "V"}
        return await self.call("BootNotification", {"reason": "PowerUp", "chargingStation": station})

    async def start(self, evse: int = 1, id_token: str = "CARD1", import_wh: int = 0) -> dict[str, Any]:
        """Begin a transaction at an EVSE, with a card and the register at that moment."""
        self._charges[evse] = charge = _Charge(f"{self.id}-{evse}-{next(self._ids)}")
        if self.version == "1.6":
            answer = await self.call(
                "StartTransaction",
                {"connectorId": evse, "idTag": id_token, "meterStart": import_wh, "timestamp": self._now()},
            )
            charge.number = answer["transactionId"]
            return answer
        return await self._event(
            charge, "Started", "Authorized", evse={"id": evse, "connectorId": 1}, meterValue=self._register(import_wh),
            idToken={"idToken": id_token, "type": "ISO14443"},
        )  # fmt: skip

    async def charging_state(
        self, state: Literal["Charging", "SuspendedEV", "SuspendedEVSE"], evse: int = 1
    ) -> dict[str, Any]:
        """Say whether energy flows, and who holds it back."""
        if self.version == "1.6":
            said = {"connectorId": evse, "errorCode": "NoError", "status": state, "timestamp": self._now()}
            return await self.call("StatusNotification", said)
        charge = self._charges[evse]
        return await self._event(charge, "Updated", "ChargingStateChanged", state=state)

    async def meter_values(self, evse: int = 1, **values: float) -> dict[str, Any]:
        """Report quantities by their names of `model.samples.QUANTITIES`: import_wh, power_w, current_l1_a, ..."""
        said = [{"timestamp": self._now(), "sampledValue": [self._sampled(*each) for each in values.items()]}]
        charge = self._charges.get(evse)
        if self.version == "1.6":
            about = {} if charge is None else {"transactionId": charge.number}
            return await self.call("MeterValues", {"connectorId": evse, "meterValue": said, **about})
        if charge is None:
            return await self.call("MeterValues", {"evseId": evse, "meterValue": said})
        return await self._event(charge, "Updated", "MeterValuePeriodic", meterValue=said)

    async def stop(self, evse: int = 1, import_wh: int = 0) -> dict[str, Any]:
        """End the transaction at an EVSE with the register at that moment."""
        charge = self._charges.pop(evse)
        if self.version == "1.6":
            said = {"transactionId": charge.number, "meterStop": import_wh, "timestamp": self._now()}
            return await self.call("StopTransaction", {**said, "reason": "Local"})
        register = self._register(import_wh, "Transaction.End")
        return await self._event(charge, "Ended", "StopAuthorized", meterValue=register)

    async def _event(
        self, charge: _Charge, stage: str, trigger: str, *, state: str | None = None, **more: Any
    ) -> dict[str, Any]:
        about = {"transactionId": charge.reference} | ({} if state is None else {"chargingState": state})
        return await self.call(
            "TransactionEvent",
            {
                "eventType": stage, "timestamp": self._now(), "triggerReason": trigger, "seqNo": next(charge.seq_nos),
                "transactionInfo": about, **more,
            },
        )  # fmt: skip

    def _register(self, import_wh: int, context: str = "Transaction.Begin") -> list[dict[str, Any]]:
        return [{"timestamp": self._now(), "sampledValue": [{"value": import_wh, "context": context}]}]

    def _sampled(self, name: str, value: float) -> dict[str, Any]:
        quantity, *phase, unit = name.split("_")
        said: dict[str, Any] = {"measurand": _MEASURANDS[quantity], "value": value}
        if self.version == "1.6":
            said |= {"value": str(value), "unit": _UNITS[unit]}
        else:
            said["unitOfMeasure"] = {"unit": _UNITS[unit]}
        return said | ({"phase": phase[0].upper()} if phase else {})

    def _now(self) -> str:
        return shown(self._site.clock.now())


class _Charge:
    """What a station remembers of a charge: 1.6's number, 2.x's reference and the count of its events."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.number = 0
        self.seq_nos = count()


_MEASURANDS = {
    "import": "Energy.Active.Import.Register", "power": "Power.Active.Import", "current": "Current.Import",
    "voltage": "Voltage", "offered": "Current.Offered", "soc": "SoC",
}  # fmt: skip
_UNITS = {"wh": "Wh", "w": "W", "a": "A", "v": "V", "percent": "Percent"}


def shown(at: datetime) -> str:
    """A time as stations write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
