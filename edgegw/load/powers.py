"""What limits of power leave for cars: limits in watts, the contracted demand, the surplus. No I/O."""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.core.fallback import phases_of
from edgegw.load import ceilings as limits
from edgegw.load import solar
from edgegw.load.beside import Beside
from edgegw.load.claims import Claims
from edgegw.load.demand import Quarter
from edgegw.load.solar import Surplus
from edgegw.load.view import Seen
from edgegw.model.state import PolicyLimit


class Powers:
    """Remembers between turns what flowed in this quarter of an hour, and how long a surplus has lasted."""

    def __init__(self) -> None:
        self._quarter = Quarter()
        self._surplus = Surplus()

    def left(
        self, seen: Seen, policies: Mapping[str, PolicyLimit], beside: Beside, claimed: Claims
    ) -> dict[str, float]:
        """What is left of limits of power for the cars of a circuit, in ampere of one conductor.

        Raises what waits in `claimed` for a surplus that is not there."""
        supply = seen.site.supply
        assert supply is not None
        volts, unread_a = supply.voltage_v, supply.building_max_a * len(phases_of(supply))
        found = {
            circuit: limit_w / volts - max(0.0, beside.powers.get(circuit, unread_a if circuit == "main" else 0.0))
            for circuit, limit_w in limits.watts(seen.site, supply, policies).items()
        }
        if supply.demand_limit_w is not None:
            self._quarter.see(beside.supply_w, seen.at, supply.demand_limit_w)
            allowed_a = self._quarter.allowed_w(supply.demand_limit_w) / volts - beside.powers.get("main", unread_a)
            found["main"] = min(found.get("main", allowed_a), allowed_a)
        if seen.site.solar_only:
            self._surplus.see(-beside.powers.get("main", 0.0), seen.now)
            surplus_a = solar.share(claimed.demands, self._surplus, seen.now)
            found["main"] = min(found.get("main", surplus_a), surplus_a)
        return found
