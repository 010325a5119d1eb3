"""One turn of the loop, decided: from what is seen to the setpoints that go out and the facts that are worth writing.

No I/O and no clock: `turn` is given what is seen, `accepted` and `failed` what became of a setpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from edgegw.core.allocate import MIN_CURRENT_A, Demand, EvseKey, Place, Slot, Tree
from edgegw.core.fallback import demands_of, fallback, limits_of, phases_of
from edgegw.core.stays import Stays, local_hour
from edgegw.core.watts import VOLTAGE_SHARE
from edgegw.load import ceilings as limits
from edgegw.load import claims
from edgegw.load.appetite import Appetite
from edgegw.load.beside import LATELY_S, NOTHING, READING_S, Beside, Draw, anywhere, draw
from edgegw.load.cheap import CheapHours
from edgegw.load.doubt import Doubt
from edgegw.load.gate import Gate
from edgegw.load.held import ANSWER_S, LIFE_S, Held
from edgegw.load.judge import Judge
from edgegw.load.patience import Patience
from edgegw.load.picture import Picture
from edgegw.load.powers import Powers
from edgegw.load.rotations import Rotations
from edgegw.load.trials import Trials
from edgegw.load.turn import Turn
from edgegw.load.view import FindLatest, Seen, SeenEvse
from edgegw.model.commands import Setpoint
from edgegw.model.facts import Fact, StationDisobeyed
from edgegw.model.site import Site
from edgegw.model.state import PolicyLimit


class Balance:
    """The loop's memory and its decisions. `roles` maps what is measured to the id of the meter.

    `held` is what is known of each EVSE, `picture` the last turn, `facts` those that nobody has taken yet.
    """

    def __init__(self, roles: Mapping[str, str]) -> None:
        self._beside = Beside(roles)
        self._gate = Gate()
        self._judge = Judge()
        self._doubt = Doubt()
        self._site: Site | None = None
        self._in_watts: frozenset[EvseKey] = frozenset()
        self._evses: dict[EvseKey, Demand] = {}
        self._appetites: dict[EvseKey, Appetite] = {}
        self._patience: dict[EvseKey, Patience] = {}
        self._since: dict[EvseKey, datetime] = {}
        self._drew: dict[EvseKey, tuple[Draw, float]] = {}
        self.stays = Stays()
        """How long cars have stayed here, for when one leaves that has not said."""
        self._rotations = Rotations()
        self.trials = Trials(self._rotations)
        """Steps that are made to learn how EVSEs are wired, when somebody asks or the file does."""
        self._powers = Powers()
        self._cheap = CheapHours()
        self.held: dict[EvseKey, Held] = {}
        self.picture = Picture()
        self.facts: list[Fact] = []

    @property
    def lost(self) -> str | None:
        """Why every EVSE is at its safe share, None while the meters can be trusted."""
        return self._beside.lost

    @property
    def doubted(self) -> Mapping[str, Place]:
        """Circuits whose cars may draw on other phases than the file says, with the place that shows it."""
        return self._doubt.places

    @property
    def trusted(self) -> bool:
        """Whether the supply's load is known, or has no meter to be known by."""
        return self._beside.trust.get("main", "live") == "live"

    def read_meters(self, latest: FindLatest, site: Site, now: float) -> None:
        """Take the newest samples of the site's meters: before each turn."""
        self._beside.read(latest, site, now)

    def turn(self, seen: Seen) -> list[Setpoint]:
        """Decide on what is seen; the setpoints to send now. Each has to be followed by `accepted` or `failed`.

        Raises ValueError when the site's circuits are no tree.
        """
        site, now, supply = seen.site, seen.now, seen.site.supply
        if supply is None:
            return []
        in_watts = frozenset(key for key, evse in seen.evses.items() if evse.in_watts)
        if site is not self._site or in_watts != self._in_watts:
            self._in_watts = in_watts
            self._configure(seen)
        policies = limits.in_force(seen.limits, seen.at)
        tree = limits.tree(site, supply, policies)
        self._rotations.begin(seen.wired)
        longest_s = max((LIFE_S, *(evse.least_life_s for evse in seen.evses.values())))
        for key, evse in seen.evses.items():
            self.held[key].least_life_s, self.held[key].longest_life_s = evse.least_life_s, longest_s
            self._follow(key, evse, seen)
        self._beside.judge(now)
        live = self._beside.live
        for key, evse in seen.evses.items():
            self.held[key].shown_a = self._shown_a(key, evse, seen, tree, live) if self.held[key].unbound else None
        self.facts += self._rotations.look(seen, self.held, self._beside, tree)
        self._doubt.look(live, limits_of(supply), lambda place: self._others(place, seen, tree), now)
        doubtful = {key for key in seen.evses if not self.doubted.keys().isdisjoint(tree.path(_circuit(site, key)))}
        places = {key: self._place(key, evse, site, policies, key in doubtful) for key, evse in seen.evses.items()}
        draws = {key: self._draw(key, places[key], evse, now) for key, evse in seen.evses.items()}
        draws = {key: self._lately(key, drawn, now) for key, drawn in draws.items()}
        draws |= {key: anywhere(draws[key], places[key].phases) for key in doubtful}
        self._beside.look(site, tree, draws, now)
        ceilings = limits.ceilings(site, supply, policies)
        headroom: dict[str, dict[Slot, float]] = {
            circuit: {phase: a - self._beside.currents.get((circuit, phase), 0.0) for phase in phases_of(supply)}
            for circuit, a in ceilings.items()
        }
        for circuit, slot in self._doubt.alarms:
            headroom[circuit][slot] = 0.0
        waits = self._cheap.waits(seen, places, self._beside, ceilings, policies, tree)
        claimed = claims.claims(seen, places, self._beside, tree, self.stays, waits)
        powers = self._powers.left(seen, policies, self._beside, claimed)
        for circuit, power_a in powers.items():
            headroom[circuit]["power"] = power_a
        turn = Turn(seen, tree, places, headroom)
        allocation, released = turn.share(claimed)
        reserved = turn.flows({key: held.reserve_a(now) for key, held in self.held.items()})
        chosen = dict.fromkeys(released, 0.0) | turn.choose(allocation, reserved, self._gate, self._beside.trust)
        chosen |= {
            key: min(chosen[key], low_a) for key, low_a in self.trials.caps(seen, self.held).items() if key in chosen
        }
        setpoints = []
        for (station, number), limit_a in chosen.items():
            held = self.held[station, number]
            if held.due(limit_a, now):
                held.sent(limit_a, now, connected=seen.evses[station, number].connected)
                setpoints.append(Setpoint(station, number, limit_a, held.sending_life_s))
        self.facts += self._judge.overloads(self._beside.measured, limits_of(supply), now, seen.at)
        given = {key: self.held[key].limit_a(now) for key, evse in seen.evses.items() if evse.running is not None}
        self.picture = Picture(
            at=seen.at,
            limits=limits.without_margin(supply, ceilings),
            ceilings=ceilings,
            powers=powers,
            voltage_v=supply.voltage_v,
            phases=phases_of(supply),
            measured=self._beside.measured,
            beside=dict(self._beside.currents),
            given=turn.flows(given),
            reserved=reserved,
            trust=self._beside.trust,
            allocation=allocation,
            outside=seen.outside,
        )
        return setpoints

    # What became of a setpoint

    def accepted(self, setpoint: Setpoint, transaction: str | None, now: float) -> None:
        """The station took a setpoint that was sent when `transaction` ran at the EVSE."""
        held = self.held.get((setpoint.station, setpoint.evse))
        if held is not None:
            held.accepted(setpoint.limit_a, transaction, now)

    def failed(self, setpoint: Setpoint, transaction: str | None, reason: str, *, connected: bool, now: float) -> None:
        """The station refused a setpoint, or did not answer, or is not `connected`."""
        held = self.held.get((setpoint.station, setpoint.evse))
        if held is not None:
            # Without a transaction 0 A is more than anyone has to obey: the default holds then, and it counts.
            disobeys = connected and transaction is not None
            held.failed(transaction, reason if disobeys else None, now)

    # What is so

    def _configure(self, seen: Seen) -> None:
        """Take up a site; of what runs when the loop begins, it is not known what an earlier one has given."""
        site, now, begins = seen.site, seen.now, self._site is None
        self._site = site
        self._rotations.configure(site)
        some_run = any(evse.running is not None for evse in seen.evses.values())
        safe = fallback(site, self._in_watts)
        self._evses = {demand.key: demand for demand in demands_of(site)}
        self.held = {key: held for key, held in self.held.items() if key in self._evses}
        for key, demand in self._evses.items():
            held = self.held.setdefault(key, Held(safe[key], demand.max_a, session=seen.evses[key].session))
            self._appetites.setdefault(key, Appetite())
            self._patience.setdefault(key, Patience())
            held.safe_a, held.max_a, held.least_life_s = safe[key], demand.max_a, seen.evses[key].least_life_s
            running = seen.evses[key].running
            if begins and some_run:
                held.transaction = running.id if running is not None else None
                held.unknown_a = held.max_a if running is not None else held.default_a
                held.unknown_until = now + held.usual_life_s

    def _follow(self, key: EvseKey, evse: SeenEvse, seen: Seen) -> None:
        """Bring what is known of an EVSE up to what is seen of it."""
        held, now = self.held[key], seen.now
        held.default_holds = evse.default_holds
        transaction = evse.running.id if evse.running is not None else None
        if transaction != held.transaction:
            held.moved_on(transaction, now)
            self._learn_stay(key, evse, seen)
            self._appetites[key], self._patience[key] = Appetite(), Patience()
            self._judge.forget(key)
        if evse.session != held.session:
            held.reconnected(evse.session, now)
        if held.sending_a is not None and now - held.sending_at >= ANSWER_S and transaction is not None:
            held.suspicion = f"no answer within {ANSWER_S:.0f} s"
        if held.suspicion is not None and evse.connected and held.refusal is None:
            held.refusal = held.suspicion
            limit_a = held.sending_a if held.sending_a is not None else held.tried_a
            self._tell_disobeyed(key, limit_a, held.refusal, seen.at)
        held.suspicion = None
        if evse.running is not None:
            self._appetites[key].hear(evse.running.state, held.limit_a(now), now)
        if evse.reading is not None:
            taken_a = evse.taken_a / VOLTAGE_SHARE if evse.in_watts else None
            see = self._appetites[key].see
            if held.over or (held.refusal is not None and not held.rules(now)):
                see(evse.reading, evse.told, evse.read_at, held.max_a, float("-inf"), taken_a)
            elif held.sending_a is None and held.limit_a(now) >= MIN_CURRENT_A:
                see(evse.reading, evse.told, evse.read_at, held.limit_a(now), held.changed_at, taken_a)
        if (reason := self._judge.disobeys(key, evse, held, now)) is not None:
            self._tell_disobeyed(key, held.accepted_a, reason, seen.at)

    def _others(self, place: Place, seen: Seen, tree: Tree) -> bool:
        """Whether cars may charge below the place's circuit that are not counted on its phase."""
        circuit, phase = place
        return any(
            evse.running is not None
            and circuit in tree.path(_circuit(seen.site, key))
            and self.held[key].reserve_a(seen.now) >= MIN_CURRENT_A
            and phase not in self._rotations.on(key, self._appetites[key].phases or self._rotations.evse(key).phases)
            for key, evse in seen.evses.items()
        )

    def _learn_stay(self, key: EvseKey, evse: SeenEvse, seen: Seen) -> None:
        if (since := self._since.pop(key, None)) is not None:
            self.stays.add(local_hour(since, seen.site.timezone), (seen.at - since).total_seconds())
        if evse.running is not None:
            self._since[key] = evse.running.since

    def _tell_disobeyed(self, key: EvseKey, limit_a: float | None, reason: str, at: datetime) -> None:
        station, evse = key
        self.facts.append(StationDisobeyed(at=at, station=station, evse=evse, limit_a=limit_a or 0.0, reason=reason))

    def _shown_a(
        self, key: EvseKey, evse: SeenEvse, seen: Seen, tree: Tree, live: Mapping[Place, float]
    ) -> float | None:
        """What a car is counted at that draws what it likes: what it has shown to take, where a meter on each circuit
        above it would show more within a second, None elsewhere."""
        fresh = evse.running is not None and evse.reading is not None and seen.now - evse.read_at <= READING_S
        watched = all(place in live for place in tree.places(_circuit(seen.site, key), self._evses[key].phases))
        return self._appetites[key].most_a if fresh and evse.connected and watched else None

    def _place(
        self, key: EvseKey, evse: SeenEvse, site: Site, policies: Mapping[str, PolicyLimit], doubtful: bool
    ) -> claims.Place:
        base, held, appetite = self._evses[key], self.held[key], self._appetites[key]
        names = self._rotations.evse(key).phases
        if appetite.phases is not None and evse.connected and (not held.unbound or held.shown_a is not None):
            names = appetite.phases
        phases = self._rotations.on(key, names)
        if doubtful and site.supply is not None:
            phases = phases_of(site.supply)
        circuit = limits.circuit_of(site, key[0], policies)
        conductors = len(self._rotations.evse(key).phases) if evse.in_watts else 1
        if appetite.even and evse.connected and not held.over and held.refusal is None:
            conductors = 1
        return claims.Place(base, circuit, phases, names, held, appetite, self._patience[key], conductors)

    def _draw(self, key: EvseKey, place: claims.Place, evse: SeenEvse, now: float) -> Draw:
        if evse.running is None or evse.running.state == "full":
            return NOTHING
        return draw(
            place.held, place.names, evse.reading, evse.read_at, now,
            away=not evse.connected, wiring=place.base.wiring, turns=self._rotations.turns(key),
            conductors=place.conductors,
        )  # fmt: skip

    def _lately(self, key: EvseKey, drawn: Draw, now: float) -> Draw:
        """What an EVSE draws, by a meter that may have been read a moment before its car stopped."""
        if drawn is not NOTHING:
            self._drew[key] = (drawn, now)
            return drawn
        before, at = self._drew.get(key, (NOTHING, now))
        return Draw({}, before.high, before.wiring, before.turns) if now - at <= LATELY_S else NOTHING


def _circuit(site: Site, key: EvseKey) -> str:
    return site.stations[key[0]].circuit
