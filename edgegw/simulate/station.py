"""A virtual charging station: what every OCPP version has in common.

What it says in a version's words is in `v16` and `v2`, what it does with what it is told in `blocks`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import Any, Final, NamedTuple

from edgegw.simulate.blocks import displays
from edgegw.simulate.cabinet import Cabinet
from edgegw.simulate.car import Car
from edgegw.simulate.connection import Access, Connection
from edgegw.simulate.control import charging_state, limit_a
from edgegw.simulate.dialect import Dialect, Version, actions
from edgegw.simulate.faults import Make, clock
from edgegw.simulate.link import Fault, Payload, Reply
from edgegw.simulate.profiles import Profile, Profiles
from edgegw.simulate.reader import Reader
from edgegw.simulate.transactions import Message, Transaction
from edgegw.simulate.world import Place, World

RESET_S: Final = 0.2
"""How long an EVSE is down that is reset by itself."""

CABLE_TIMEOUT_S: Final = 60.0
"""How long a station waits for the cable after a card or a remote start (ConnectionTimeOut, EVConnectionTimeOut)."""


class Waiting(NamedTuple):
    """An accepted token, and what came with its remote start, until the cable is in or the time `until_s` is over."""

    token: str
    remote_start_id: int | None
    profile: Profile | None
    until_s: float


class Station:
    """A station with its EVSEs. Use as an async context manager, or `run` it as a task.

    `places` are its EVSEs, numbered from 1; `world` moves them, and without one the station has a world of its own.
    Of `access` see `connection.Access`. `make` is what it says of itself, `faults` what it does otherwise than OCPP
    says.
    """

    def __init__(
        self,
        id: str,
        version: Version = "1.6",
        *,
        url: str,
        places: Iterable[Place] | None = None,
        world: World | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        meter_every_s: float = 10.0,
        patience_s: float = 30.0,
        retry_s: float = 2.0,
        backoff_s: tuple[float, float] = (0.5, 30.0),
        tick_s: float = 0.25,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        make: Make | None = None,
        faults: Iterable[str] = (),
    ) -> None:
        from edgegw.simulate import v2, v16

        self.id = id
        self.version: Version = version
        self.places = {place.number: place for place in places or (Place(),)}
        self.profiles = Profiles()
        self.cabinet = Cabinet()
        self.transactions: dict[int, Transaction] = {}
        """The running transactions, by EVSE."""
        self.inoperative: set[int] = set()
        """EVSEs out of use; 0 is the station."""
        self.resetting: set[int] = set()
        """EVSEs that are down for a reset of their own."""
        self.obeys = True
        """False: takes every limit and follows none."""
        self.answers: dict[str, Payload | Fault] = {}
        """Answers that are given instead of its own, by action."""
        self.heartbeat_s = 300.0
        self.meter_every_s = meter_every_s
        self.shows_cost = False
        """Has a display for what a charge costs, and says so."""
        self.settings: dict[str, str] = {}
        """What the gateway has set: keys of 1.6, `Component.Variable` of 2.x."""
        self.make = make or Make()
        self.faults = frozenset(faults)
        """Names of `faults.FAULTS`."""
        self.now = clock(self.faults, now)
        access = Access(id, version, url, password, tls, patience_s, retry_s, backoff_s)
        self.connection = Connection(access, self)
        self._dialect: Dialect = v16.Dialect16() if version == "1.6" else v2.Dialect2()
        self.reader = Reader(self, self._dialect)
        self._own_world = World(self.places.values()) if world is None else None
        self._tick_s = tick_s
        self._heard: deque[tuple[str, Payload]] = deque(maxlen=2000)
        self._waits_for_cable: dict[int, Waiting] = {}
        self._reset_when_idle: set[int] = set()
        self._closing: set[int] = set()
        self._told: dict[int, str] = {}
        self._task: asyncio.Task[None] | None = None

    # For whoever plays driver and installer

    async def __aenter__(self) -> Station:
        self._task = asyncio.create_task(self.run(), name=f"station {self.id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def connected(self) -> bool:
        return self.connection.connected

    @property
    def booted(self) -> bool:
        return self.connection.booted

    @property
    def silent(self) -> bool:
        """Answers no CALL and sends none, though the connection stands."""
        return self.connection.silent

    @silent.setter
    def silent(self, silent: bool) -> None:
        self.connection.silent = silent

    @property
    def waiting(self) -> int:
        """Transaction messages that the gateway has not answered yet."""
        return self.connection.waiting

    def cut(self) -> None:
        """The link drops without a goodbye and stays down until `restore`."""
        self.connection.cut()

    def restore(self) -> None:
        """The network is back; the station connects again after its back-off."""
        self.connection.restore()

    async def until(self, check: Callable[[], Any], timeout_s: float = 10.0) -> None:
        """Wait until `check` is true of this station. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not check():  # noqa: ASYNC110 (any condition, also one of the physics)
                await asyncio.sleep(0.01)

    def status(self, evse: int = 1) -> str:
        """The connector's status in the words of its version."""
        return self._dialect.connector_status(self, evse)

    def heard(self, action: str) -> list[Payload]:
        """The payloads of the CALLs of an action that came from the gateway."""
        return [payload for name, payload in self._heard if name == action]

    def said(self, action: str) -> list[Payload]:
        """The payloads of the CALLs of an action that the gateway has answered with a result."""
        return [payload for name, payload in self.connection.said if name == action]

    def plug(self, car: Car, evse: int = 1) -> None:
        """Put the cable into a car. A transaction begins when an accepted card has been shown or is shown in time."""
        self.places[evse].car = car
        self._look()
        waits = self._waits_for_cable.pop(evse, None)
        if waits is not None:
            self.start(waits.token, evse, remote_start_id=waits.remote_start_id, profile=waits.profile)

    def unplug(self, evse: int = 1) -> Car | None:
        """Take the cable out; ends what runs there. Returns the car."""
        self.stop(evse, "EVDisconnected")
        self._closing.discard(evse)
        place = self.places[evse]
        car, place.car, place.drawn_a, place.power_w = place.car, None, 0.0, 0.0
        self._look()
        return car

    async def present(self, token: str, evse: int = 1) -> bool:
        """Hold a card to the reader: the running transaction of that card ends, else it is asked for and one begins.

        Returns whether the card was taken. While the gateway is away every card is (offline authorization).
        """
        return await self.reader.present(token, evse)

    # What happens at the station

    def free(self, evse: int) -> bool:
        """A transaction could begin there."""
        out = self.inoperative | self.resetting
        return evse in self.places and evse not in self.transactions and not {0, evse} & out

    def begin(
        self, token: str, evse: int, *, remote_start_id: int | None = None, profile: Profile | None = None
    ) -> None:
        """An accepted token: a transaction begins, now or when the cable is put in within 60 s."""
        if not self.free(evse):
            return
        if self.places[evse].car is None:
            self._waits_for_cable[evse] = Waiting(token, remote_start_id, profile, monotonic() + CABLE_TIMEOUT_S)
            self._look()
        else:
            self.start(token, evse, remote_start_id=remote_start_id, profile=profile)

    def waits_for_cable(self, evse: int) -> bool:
        return evse in self._waits_for_cable

    def finishing(self, evse: int) -> bool:
        """The transaction has ended and the cable is still in."""
        return evse in self._closing

    def start(
        self, token: str, evse: int, *, remote_start_id: int | None = None, profile: Profile | None = None
    ) -> None:
        """A transaction begins; `profile` came with the remote start and is of this transaction."""
        transaction = Transaction(
            evse, token, self.now(), int(self.places[evse].register_wh), remote_start_id=remote_start_id
        )
        transaction.metered_s = monotonic()
        transaction.reservation = self.reader.reservation(token, evse)
        if transaction.reservation is not None:
            del self.cabinet.reserved[transaction.reservation], self.cabinet.reserved_for[transaction.reservation]
        self.transactions[evse] = transaction
        self._closing.discard(evse)
        self.places[evse].closed = True
        if profile is not None:
            self.profiles.add(profile)
        self.connection.say(*self._dialect.started(self, transaction))
        self._look()

    def stop(self, evse: int, reason: str, *, by: str | None = None) -> None:
        """End the transaction at an EVSE, if one runs there; `reason` in OCPP's words, `by` another card."""
        transaction = self.transactions.pop(evse, None)
        if transaction is None:
            return
        place = self.places[evse]
        transaction.end_wh, transaction.reason, transaction.ended_by = int(place.register_wh), reason, by
        place.closed = False
        place.drawn_a = 0.0
        self.profiles.ended(evse)
        displays.ended(self, transaction.reference)
        self._closing.add(evse)
        self.connection.say(*self._dialect.ended(self, transaction))
        self._look()
        if 0 in self._reset_when_idle and not self.transactions:
            self.reboot("ScheduledReset")
        elif evse in self._reset_when_idle:
            self.reset_evse(evse)

    def reset_when_idle(self, evse: int = 0) -> None:
        """Reset an EVSE, or the whole station (0), when nothing runs there any more."""
        self._reset_when_idle.add(evse)

    def reset_evse(self, evse: int, down_s: float = RESET_S) -> None:
        """An EVSE alone goes down and comes up after `down_s`; the station stays connected and does not boot."""
        self._reset_when_idle.discard(evse)
        self.resetting.add(evse)
        self.tell_status(evse)
        asyncio.get_running_loop().call_later(down_s, self._is_up, evse)

    def _is_up(self, evse: int) -> None:
        self.resetting.discard(evse)
        self.tell_status(evse)

    def reboot(self, reason: str, down_s: float = 1.0) -> None:
        """Go down, come up after `down_s`, connect and boot again."""
        self._reset_when_idle.clear()
        self.connection.reboot(reason, down_s)

    def running(self, reference: str) -> Transaction | None:
        return next((each for each in self.transactions.values() if each.reference == reference), None)

    def tell_status(self, evse: int) -> None:
        self.connection.say(self._dialect.status(self, evse))

    def tell_readings(self, evse: int) -> None:
        transaction = self.transactions.get(evse)
        if transaction is None:
            self.connection.say(self._dialect.readings(self, evse))
        else:
            self.connection.say(*self._dialect.metered(self, transaction))

    def tell_boot(self) -> None:
        self.connection.say(self._dialect.boot(self, "Triggered"))

    def tell_heartbeat(self) -> None:
        self.connection.say(Message("Heartbeat", {}, keep=False))

    def _look(self) -> None:
        """Follow limits, cables and batteries: contactors, charging states, statuses, meter values."""
        tick = monotonic()
        for evse, place in self.places.items():
            transaction = self.transactions.get(evse)
            place.offered_a = limit_a(self, place, evse, transaction)
            waits = self._waits_for_cable.get(evse)
            if waits is not None and tick > waits.until_s:
                del self._waits_for_cable[evse]
            if transaction is not None:
                state = charging_state(place, transaction.state)
                if state != transaction.state:
                    transaction.state = state
                    self.connection.say(*self._dialect.changed(self, transaction))
                most_wh = (transaction.limit or {}).get("maxEnergy")
                if most_wh is not None and place.register_wh - transaction.begin_wh >= most_wh:
                    self.stop(evse, "EnergyLimitReached")
                elif tick - transaction.metered_s >= self.meter_every_s:
                    transaction.metered_s = tick
                    self.connection.say(*self._dialect.metered(self, transaction))
            status = self.status(evse)
            if self._told.get(evse) not in (None, status):
                self._told[evse] = status
                self.tell_status(evse)

    # For the connection

    def boot(self, reason: str) -> Message:
        return self._dialect.boot(self, reason)

    def took_boot(self, answer: Payload) -> tuple[bool, float]:
        accepted, interval_s = answer["status"] == "Accepted", float(answer["interval"])
        if accepted and interval_s:
            self.heartbeat_s = interval_s
        return accepted, interval_s

    def statuses(self) -> Iterable[Message]:
        self._told = {evse: self.status(evse) for evse in self.places}
        return self._dialect.statuses(self)

    def fill_in(self, message: Message) -> Payload:
        return self._dialect.fill_in(message)

    def answered(self, message: Message, answer: Payload) -> None:
        may_go_on, transaction = self._dialect.answered(message, answer), message.transaction
        if not may_go_on and transaction is not None and self.transactions.get(transaction.evse) is transaction:
            self.stop(transaction.evse, "DeAuthorized")

    def serve(self, action: str, payload: Payload) -> Reply | None:
        self._heard.append((action, payload))
        if self.silent:
            return None
        if action in self.answers:
            given = self.answers[action]
            if isinstance(given, Fault):
                raise given
            return Reply(given)
        if action not in actions(self.version):
            raise Fault("NotImplemented", f"OCPP {self.version} has no action {action}"[:255])
        reply = self._dialect.serve(self, action, payload)
        if reply is None:
            raise Fault("NotSupported", f"this station does nothing with {action}")
        self._look()
        return reply

    # Life

    async def run(self) -> None:
        """Live until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.connection.run(), name=f"station {self.id} connection")
            group.create_task(self._tick(), name=f"station {self.id} clock")

    async def _tick(self) -> None:
        last = monotonic()
        while True:
            await asyncio.sleep(self._tick_s)
            now = monotonic()
            if self._own_world is not None:
                self._own_world.step(now - last)
            last = now
            self._look()
