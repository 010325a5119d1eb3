"""What a codec may look up of a station, in the hub's state and of the connection: the other side of `codec.Known`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from edgegw.core.fold.devices import variable_key
from edgegw.core.tariff_history import tariff_now
from edgegw.core.variables import key_of
from edgegw.model.commands import Setpoint
from edgegw.model.site import Evse, Tariff
from edgegw.model.state import MonitorState
from edgegw.stations.codec import Allowed, Known

if TYPE_CHECKING:
    from edgegw.hub import Hub

_DYNAMIC: Final = frozenset({"set_charging_profile", "update_dynamic_schedule"})


class Limits:
    """What the station of one connection has accepted: a lasting default and the newest set point of each EVSE."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._defaults: dict[int, float] = {}
        self._setpoints: dict[int, tuple[float, float]] = {}

    def told(self, setpoint: Setpoint) -> None:
        """The station took a set point; one without a life is a default."""
        if setpoint.life_s:
            self._setpoints[setpoint.evse] = (setpoint.limit_a, self._monotonic() + setpoint.life_s)
        else:
            self._defaults[setpoint.evse] = setpoint.limit_a

    def allowed(self, evse: int) -> Allowed | None:
        """What the EVSE may draw by them, None before it has a default."""
        default_a = self._defaults.get(evse)
        if default_a is None:
            return None
        limit_a, until = self._setpoints.get(evse, (default_a, 0.0))
        left_s = int(until - self._monotonic())
        return Allowed(limit_a, left_s, default_a) if left_s > 0 else Allowed(default_a, 0, default_a)


def known_of(hub: Hub, station: str, evses: tuple[Evse, ...], limits: Limits) -> Known:
    """The looks of a connection of `station`, each at what is so when it is asked."""

    def variable(component: str, name: str) -> str | None:
        row = hub.state.variables.get(key_of(station, component, name))
        return row.value if row is not None else None

    def allowed(evse: int) -> Allowed | None:
        if hub.site.supply is not None:
            return limits.allowed(evse)
        # Nobody balances: a car may have what its EVSE can give.
        known = next((each for each in evses if each.id == evse), None)
        return Allowed(known.max_a, 0, known.max_a) if known is not None else None

    def dynamic(profile: int) -> Mapping[str, Any] | None:
        for row in reversed(hub.state.commands.values()):
            told = row.result or {}
            if row.name in _DYNAMIC and row.args.get("station") == station and told.get("profile_id") == profile:
                values: Mapping[str, Any] | None = told.get("dynamic")
                return values
        return None

    def monitor(number: int) -> MonitorState | None:
        return hub.state.monitors.get(f"{station}/{number}")

    def streamed(stream: int) -> MonitorState | None:
        rows = hub.state.monitors.values()
        return next((row for row in rows if (row.station, row.stream) == (station, stream)), None)

    def taken_at(watched: MonitorState) -> datetime | None:
        row = hub.state.variables.get(variable_key(station, place_of(watched)))
        return row.at if row is not None and row.value is not None else None

    def tariff(name: str) -> Tariff | None:
        return hub.site.tariffs.get(name)

    def currency() -> str:
        return hub.site.currency

    def voltage_v() -> float:
        return hub.site.supply.voltage_v if hub.site.supply is not None else 230.0

    def timezone() -> str:
        return hub.site.timezone

    def own_tariff() -> Tariff | None:
        return hub.site.tariffs.get(tariff_now(hub.site, station)[0])

    return Known(
        variable, allowed, dynamic, monitor, streamed, taken_at, tariff, currency, voltage_v, timezone, own_tariff
    )  # fmt: skip


def place_of(monitor: MonitorState) -> dict[str, Any]:
    """The variable that a monitor watches, as an entry of VariablesChanged names it."""
    names = ("component", "component_instance", "evse", "connector", "variable", "variable_instance")
    place = {name: getattr(monitor, name) for name in names}
    return {name: value for name, value in place.items() if value is not None}
