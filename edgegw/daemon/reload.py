"""What of a new configuration means which change: pure, so that a reload does no more than it must."""

from __future__ import annotations

from dataclasses import dataclass

from edgegw.settings import Settings


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reload has to do, and which sections wait for a restart."""

    site: bool
    """The hub's idea of the site: stations, feeders, prices, cards."""
    stations: bool
    """The stations' listeners: every link is dropped and comes back."""
    meters: bool
    load: bool
    uplink: bool
    web: bool
    metrics: bool
    restart: tuple[str, ...]

    def names(self) -> list[str]:
        parts = ("site", "stations", "meters", "load", "uplink", "web", "metrics")
        return [part for part in parts if getattr(self, part)]


def changes(old: Settings, new: Settings, *, tokens_changed: bool = False) -> Changes:
    """What differs between the configuration in force and the new one."""

    def differ(*sections: str) -> bool:
        return any(getattr(old, section) != getattr(new, section) for section in sections)

    def roles(settings: Settings) -> dict[str, str]:
        return {meter.id: meter.measures for meter in settings.meters}

    return Changes(
        site=tokens_changed or differ("site", "stations", "supply", "tariffs", "authorization", "charging", "ocpp"),
        stations=differ("ocpp"),
        meters=differ("meters"),
        load=differ("supply", "charging", "stations") or roles(old) != roles(new),
        uplink=differ("uplink") or old.site.id != new.site.id,
        web=differ("web"),
        metrics=differ("metrics"),
        restart=("storage",) if differ("storage") else (),
    )
