"""The load loop as a service: a turn a second, and setpoints that go out side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from edgegw.core.allocate import MIN_CURRENT_A, EvseKey, Place
from edgegw.core.stays import MOST, local_hour
from edgegw.hub import Ending
from edgegw.journal.errors import JournalError
from edgegw.load.balance import Balance
from edgegw.load.notes import Notes
from edgegw.load.outside import Ceiling
from edgegw.load.prospect import Prospect
from edgegw.load.trials import ASKED_S, GIVEN_UP_S
from edgegw.load.view import look
from edgegw.model.commands import Command, Limiting, Setpoint, SetpointResult
from edgegw.model.facts import PhasesLearned

if TYPE_CHECKING:
    from edgegw.hub import Hub

log = logging.getLogger("edgegw.load")

TURN_S: Final = 1.0
STEP_A: Final = 0.1
"""Set points are in steps of this, rounded down."""

ApplySetpoint = Callable[[Setpoint], Awaitable[SetpointResult]]


class LoadLoop:
    """Shares what the supply can carry among the cars of `hub`'s site until it is cancelled.

    `apply_setpoint` gives a station its limit and awaits its answer; `roles` maps what is measured (`supply`,
    `building`, `circuit:ID`, ...) to the id of the meter that does it, `untaken` names EVSEs that have refused their
    default limit, `limiting` tells how stations take limits that do it otherwise than OCPP has it. `prospect` tells
    what is to come, where that is known.
    """

    name = "load"

    def __init__(
        self,
        hub: Hub,
        apply_setpoint: ApplySetpoint,
        roles: Mapping[str, str],
        *,
        prospect: Callable[[], Prospect | None] = lambda: None,
        untaken: Callable[[], Collection[EvseKey]] = tuple,
        limiting: Callable[[], Mapping[str, Limiting]] = dict,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._hub = hub
        self._apply_setpoint = apply_setpoint
        self._prospect = prospect
        self._untaken = untaken
        self._limiting = limiting
        self._sleep = sleep
        self._balance = Balance(roles)
        self._notes = Notes(hub)
        self._doubted: dict[str, Place] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self, started: Callable[[], None]) -> None:
        """Serve until cancelled. Raises ValueError when the site's circuits are no tree."""
        self._hub.carry_out(["learn_phases"], self._learn_phases)
        started()
        remembering = asyncio.get_running_loop().create_task(self._remember_stays(), name="past stays")
        try:
            while True:
                self.turn()
                await self._sleep(TURN_S)
        finally:
            for task in (remembering, *self._sending):
                task.cancel()
            await asyncio.gather(remembering, *self._sending, return_exceptions=True)
            await self._notes.end()

    async def _learn_phases(self, command: Command, number: int) -> Ending:
        """Carry out learn_phases: lower the EVSE for a moment, as often as it takes to be sure."""
        station, trials = str(command.args["station"]), self._balance.trials
        evse = command.args.get("evse")
        if evse is None:
            charging = [key[1] for key in self._hub.state.at_evse if key[0] == station]
            if len(charging) != 1:
                reason = "several cars charge there: name the EVSE" if charging else "no car charges there"
                return Ending("failed", reason)
            evse = charging[0]
        key = station, int(evse)
        ends = self._hub.monotonic() + ASKED_S + GIVEN_UP_S + TURN_S * 5
        trials.ask(key, self._hub.monotonic())
        while (verdict := trials.answer(key)) is None:
            if self._hub.monotonic() > ends:
                return Ending("failed", "the load loop does not run")
            await asyncio.sleep(TURN_S / 4)
        if not verdict.sure:
            return Ending("failed", verdict.text)
        return Ending("done", result={"evse": key[1], "phases": list(verdict.phases), "text": verdict.text})

    async def _remember_stays(self) -> None:
        """How long cars have stayed here until now, from the ledger; without it the loop learns from now on."""
        try:
            past = await self._hub.journal.reader.transactions(state="ended", limit=MOST)
        except JournalError as error:
            log.warning("how long cars stay here has to be learned anew: %s", error)
            return
        zone = self._hub.site.timezone
        for row in reversed(past):
            if row.ended_at is not None and row.ended_at > row.started_at:
                stayed_s = (row.ended_at - row.started_at).total_seconds()
                self._balance.stays.add(local_hour(row.started_at, zone), stayed_s)

    def turn(self) -> None:
        """Look, decide, and set going what is to be sent and written."""
        hub = self._hub
        now = hub.monotonic()
        self._balance.read_meters(hub.latest, hub.site, now)
        prospect = self._prospect() if hub.site.cheap_hours else None
        seen = look(hub.site, hub.state, hub.latest, now, hub.now(), prospect, self._untaken(), self._limiting())
        for setpoint in self._balance.turn(seen):
            running = seen.evses[setpoint.station, setpoint.evse].running
            task = asyncio.get_running_loop().create_task(
                self._send(setpoint, running.id if running is not None else None),
                name=f"setpoint {setpoint.station}/{setpoint.evse}",
            )
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        self._tell_doubts()
        facts, self._balance.facts = self._balance.facts, []
        for fact in facts:
            if isinstance(fact, PhasesLearned):
                log.log(logging.WARNING if fact.contradicts else logging.INFO, "%s", fact.text)
        self._notes.note(facts, lost=self._balance.lost, trusted=self._balance.trusted)

    def _tell_doubts(self) -> None:
        doubted = dict(self._balance.doubted)
        for circuit, (_, phase) in doubted.items():
            if circuit not in self._doubted:
                log.warning(
                    "circuit %s: %s stayed above its breaker though the cars that are said to be on it were lowered: "
                    "check which phases its stations are wired to (stations.evses.phases). "
                    "Each car now counts on all phases",
                    circuit, phase,
                )  # fmt: skip
        self._doubted = doubted

    async def _send(self, setpoint: Setpoint, transaction: str | None) -> None:
        try:
            result = await self._apply_setpoint(setpoint)
        except Exception:
            log.exception("%s: a setpoint for EVSE %d failed inside the gateway", setpoint.station, setpoint.evse)
            result = SetpointResult(setpoint, accepted=False, reason="an error inside the gateway")
        now = self._hub.monotonic()
        if result.accepted:
            self._balance.accepted(setpoint, transaction, now)
            return
        row = self._hub.state.stations.get(setpoint.station)
        connected = row is not None and row.connected
        self._balance.failed(setpoint, transaction, result.reason or "no reason", connected=connected, now=now)

    def snapshot(self) -> dict[str, Any]:
        """What the last turn came to, for the page, the metrics and the demo.

        `circuits`: `{"id", "limit_a", "trust", "cars_w", "phases": {"L1": {"limit_a", "measured_a", "building_a",
        "given_a", "reserved_a", "margin_a"}}}`. `limit_a` is the lowest limit in force; `measured_a` is None without a
        meter that is read; `building_a` is all that is no car, `given_a` the sum of the limits of running transactions,
        `reserved_a` the most that the EVSEs may draw, `margin_a` what is left beside it and the breaker's margin.
        `cars_w` is what limits in watts, the contracted demand or the surplus leave for cars, None without such.
        `trust` is `live`, `frozen`, `safe` or `lost`, None where nothing is measured.
        `doubt`: the phase that stayed above its breaker, so that all cars of the circuit count on each; else None.
        `evses`: `{"station", "evse", "setpoint_a", "reserved_a", "accepted", "binding", "reason"}`. `setpoint_a` None:
        none of ours rules. `fallback`: why every EVSE is at its safe share, None when not.
        """
        balance, picture = self._balance, self._balance.picture
        circuits = []
        for circuit, ceiling_a in picture.ceilings.items():
            limit_a = picture.limits[circuit]
            phases = {}
            for phase in picture.phases:
                place = (circuit, phase)
                beside_a, reserved_a = picture.beside.get(place, 0.0), picture.reserved.get(place, 0.0)
                phases[phase] = {
                    "limit_a": round(limit_a, 1),
                    "measured_a": picture.measured.get(place),
                    "building_a": round(beside_a, 1),
                    "given_a": round(picture.given.get(place, 0.0), 1),
                    "reserved_a": round(reserved_a, 1),
                    "margin_a": round(ceiling_a - beside_a - reserved_a, 1),
                }
            power_a = picture.powers.get(circuit)
            circuits.append(
                {
                    "id": circuit, "limit_a": round(limit_a, 1), "trust": picture.trust.get(circuit),
                    "cars_w": None if power_a is None else max(0, round(power_a * picture.voltage_v)), "phases": phases,
                    "doubt": balance.doubted[circuit][1] if circuit in balance.doubted else None,
                }
            )  # fmt: skip
        return {
            "at": picture.at,
            "fallback": balance.lost,
            "circuits": circuits,
            "evses": [self._evse(key) for key in balance.held],
        }

    def _evse(self, key: EvseKey) -> dict[str, Any]:
        balance, allocation, now = self._balance, self._balance.picture.allocation, self._hub.monotonic()
        held = balance.held[key]
        binding = allocation.binding.get(key)
        reason = held.refusal
        if held.over:
            reason = "it draws more than it accepted"
        elif reason is None and held.transaction is not None:
            if balance.lost is not None:
                reason = f"safe share: {balance.lost}"
            elif (ceiling := self._outside(key)) is not None:
                reason = f"limited from outside ({ceiling.source}) to {ceiling.limit_a:.1f} A"
            elif key in allocation.paused:
                reason = f"paused: {allocation.paused[key]}"
            elif binding is not None:
                reason = f"{binding[0]} {binding[1]} is full"
        return {
            "station": key[0],
            "evse": key[1],
            "setpoint_a": held.accepted_a if held.rules(now) else None,
            "reserved_a": round(held.reserve_a(now), 1),
            "accepted": held.rules(now) and held.refusal is None and not held.over,
            "binding": f"{binding[0]} {binding[1]}" if binding is not None else None,
            "reason": reason,
        }

    def _outside(self, key: EvseKey) -> Ceiling | None:
        """The limit from outside that keeps an EVSE where it is, None when none does."""
        picture, circuit = self._balance.picture, f"station:{key[0]}"
        given_a = picture.allocation.setpoints.get(key)
        if given_a is None:
            return None
        ceiling, station = picture.outside.get(key), picture.outside.get((key[0], 0))
        if ceiling is not None and (given_a > ceiling.limit_a - STEP_A or ceiling.limit_a < MIN_CURRENT_A):
            return ceiling
        binding = picture.allocation.binding.get(key)
        if station is None or binding is None or binding[0] != circuit:
            return None
        return station if station.limit_a <= picture.limits[circuit] else None
