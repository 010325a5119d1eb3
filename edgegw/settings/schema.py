"""The whole file as one model."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, field_validator

from edgegw.load.settings import ChargingSettings, SupplySettings
from edgegw.meters.settings import MeterSettings
from edgegw.model import site as model
from edgegw.scalars import Credential, Duration, Section, Size
from edgegw.stations.settings import AuthorizationSettings, EvseSettings, OcppSettings, StationSettings
from edgegw.uplink.settings import UplinkSettings
from edgegw.voice.settings import VoiceSettings
from edgegw.web.settings import MetricsSettings, WebSettings

Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=6),
    WithJsonSchema(
        {"type": ["string", "number"], "pattern": r"^\d{1,6}(\.\d{1,6})?$", "minimum": 0, "examples": ["1.89"]}
    ),
]
"""An amount in the site's currency. In quotes it is exact; a bare number is taken by its digits."""

TimeOfDay = Annotated[
    time,
    WithJsonSchema(
        {"type": "string", "pattern": r"^(([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?|24:00)$", "examples": ["18:00"]}
    ),
]
"""Local time; 24:00 is midnight."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Location(Section):
    """Where the site is."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    """Degrees north."""
    longitude: Annotated[float, Field(ge=-180, le=180)]
    """Degrees east."""


class SiteSettings(Section):
    """The site itself."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,48}$")]
    """Stands in every MQTT topic and event source."""
    name: str | None = None
    """What people call it."""
    timezone: str = "UTC"
    """IANA time zone, such as America/Sao_Paulo."""
    locale: Literal["pt-BR", "en", "es"] = "pt-BR"
    """Language of page and voice."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "BRL"
    """ISO 4217 code."""
    address: str | None = None
    """Street and town."""
    location: Location | None = None
    """Where the site is."""


class Keep(Section):
    """How long records stay at the site."""

    facts: Duration = 400 * 86400.0
    """Facts that the cloud has."""
    samples: Duration = 30 * 86400.0
    """Readings."""


class StorageSettings(Section):
    """Where and how much is kept."""

    path: Path = Path("/var/lib/edgegw")
    """Folder of the ledger."""
    budget: Annotated[Size, Field(ge=16 * 1024**2)] = 2 * 1024**3
    """Most that the ledger may take of the disk."""
    keep: Keep = Field(default_factory=Keep)
    """How long records stay at the site."""
    linger: Annotated[Duration, Field(le=15)] = 15.0
    """Readings reach the disk within this; facts at once."""


class IdleMinute(Section):
    """Price of a minute that a full car stays."""

    price: Money
    """Per minute."""
    after: Duration = 0.0
    """Free minutes before it counts."""


class PeriodSettings(Section):
    """Another price of energy at some hours."""

    days: list[Day] = Field(default_factory=lambda: list(DAYS))
    """Weekdays."""
    from_: TimeOfDay = Field(alias="from")
    """Begin, local time."""
    to: TimeOfDay
    """End, local time; earlier than the begin: over midnight."""
    energy_kwh: Money
    """Price of a kilowatt-hour."""

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _midnight(cls, value: Any) -> Any:
        return "00:00" if value == "24:00" else value


class TariffSettings(Section):
    """A price list."""

    energy_kwh: Money
    """Price of a kilowatt-hour."""
    session: Money = Decimal(0)
    """Price of a transaction."""
    idle_minute: IdleMinute | None = None
    """Price of a minute that a full car stays."""
    periods: list[PeriodSettings] = Field(default_factory=list)
    """Other prices of energy at some hours."""
    tax_percent: Money = Decimal(0)
    """Tax on top of the sum."""
    revision: Annotated[int, Field(ge=0, le=2**53)] = 0
    """A list of this name from the cloud counts if its revision is higher."""


class Tracing(Section):
    """OpenTelemetry."""

    otlp: Annotated[str, Field(pattern=r"^https?://[^/@\s]+(/[^@\s]*)?$")]
    """Base URL of the collector's OTLP over HTTP, such as http://127.0.0.1:4318."""
    sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the traces that is kept, 0 to 1."""


class AppRole(Section):
    """How the gateway logs in at Vault by a role."""

    role_id: str
    """The role; no secret by itself."""
    secret_id: Credential = Credential(credential="vault-secret-id")
    """Its secret, in a file or the environment."""
    mount: str = "approle"
    """Where the method is mounted."""


class Vault(Section):
    """HashiCorp Vault, KV version 2: what is named `credential: vault:PATH#KEY` comes from there."""

    url: Annotated[str, Field(pattern=r"^https?://[^/\s@]+(:\d+)?/?$")]
    """Its URL, such as https://vault.example.com:8200."""
    path: Annotated[str, Field(pattern=r"^[^#?\s/]+(/[^#?\s/]+)*$")]
    """The mount and what every PATH begins with, such as secret/edgegw."""
    token: Credential = Credential(credential="vault-token")
    """The token, in a file or the environment; not used with approle."""
    approle: AppRole | None = None
    """A role to log in by, in place of a token."""
    namespace: str | None = None
    """A namespace of Vault Enterprise."""
    ca: Path | None = None
    """Certificate authority of Vault; the system's own when left out."""
    timeout: Annotated[Duration, Field(ge=0.1, le=30)] = 3.0
    """How long an answer may take."""
    refresh: Annotated[Duration, Field(ge=1)] = 300.0
    """A secret older than this is asked for again; while Vault is away the last one counts."""


class Secrets(Section):
    """Where credentials come from besides files."""

    vault: Vault | None = None
    """HashiCorp Vault."""


class LogSettings(Section):
    """What the journal gets to read."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is written."""


class Settings(Section):
    """Everything a site needs, in one page."""

    site: SiteSettings
    """The site itself."""
    storage: StorageSettings = Field(default_factory=StorageSettings)
    """Where and how much is kept."""
    ocpp: OcppSettings = Field(default_factory=OcppSettings)
    """How stations connect."""
    stations: list[StationSettings]
    """Charging stations."""
    meters: list[MeterSettings] = Field(default_factory=list)
    """Energy meters of the site."""
    supply: SupplySettings | None = None
    """The site's connection; without it nothing is shared and every station may draw what it can."""
    charging: ChargingSettings = Field(default_factory=ChargingSettings)
    """How current is shared."""
    authorization: AuthorizationSettings = Field(default_factory=AuthorizationSettings)
    """Who may charge."""
    tariffs: dict[str, TariffSettings] = Field(default_factory=dict)
    """Price lists by name; default is for stations that name none."""
    uplink: UplinkSettings = Field(default_factory=UplinkSettings)
    """The way to the cloud."""
    voice: VoiceSettings = Field(default_factory=VoiceSettings)
    """The voice assistant."""
    web: WebSettings = Field(default_factory=WebSettings)
    """The local API and the page."""
    metrics: MetricsSettings | None = None
    """Metrics on a listener of their own."""
    tracing: Tracing | None = None
    """OpenTelemetry; leave out for none."""
    secrets: Secrets | None = None
    """Where credentials come from besides files."""
    log: LogSettings = Field(default_factory=LogSettings)
    """What the journal gets to read."""

    def site_model(self, tokens: dict[str, model.Token] | None = None) -> model.Site:
        """The site as the core sees it; `tokens` is the local list."""
        supply = self.supply
        return model.Site(
            id=self.site.id,
            name=self.site.name or self.site.id,
            timezone=self.site.timezone,
            currency=self.site.currency,
            locale=self.site.locale,
            stations={station.id: _station(station) for station in self.stations},
            supply=None if supply is None else _supply(supply),
            tariffs={name: _tariff(name, tariff) for name, tariff in self.tariffs.items()},
            tokens=tokens or {},
            strategy=self.charging.strategy,
            solar_only=self.charging.solar_only,
            cheap_hours=self.charging.cheap_hours,
            learn_phases=self.charging.learn_phases,
            unknown_stations=self.ocpp.unknown_stations,
            offline_unknown=self.authorization.offline_unknown,
            display_cost=self.ocpp.display_cost,
            master_pass_group=self.authorization.master_pass_group,
            heartbeat_s=round(self.ocpp.heartbeat),
            on_serial_change=self.ocpp.on_serial_change,
        )


def _station(station: StationSettings) -> model.ChargingStation:
    evses = tuple(
        model.Evse(
            station=station.id,
            id=evse.id,
            max_a=evse.max_a,
            phases=_phases(evse),
            auto=evse.phases == "auto",
            wiring=evse.wiring,
            connectors=tuple(model.Connector(connector.id, connector.type) for connector in evse.connectors),
        )
        for evse in station.evses
    )
    return model.ChargingStation(
        id=station.id,
        name=station.name or station.id,
        evses=evses,
        security_profile=station.security_profile,
        circuit=station.circuit,
        priority=station.priority,
        tariff=station.tariff,
        quirks=station.quirks,
        has_password=station.password is not None,
        reports_phases=None if station.reports_phases is None else tuple(station.reports_phases),
    )


def _phases(evse: EvseSettings) -> tuple[model.Phase, ...]:
    """The site's phases on its terminals; where they are to be learned, what the terminals are called until then."""
    if evse.phases == "auto":
        return model.PHASES[: 2 if evse.wiring == "line" else evse.terminals]
    return tuple(evse.phases)


def _supply(supply: SupplySettings) -> model.Supply:
    return model.Supply(
        limit_a=supply.limit_a,
        phases=supply.phases,
        voltage_v=supply.voltage_v,
        building_max_a=supply.building_max_a,
        margin_a=supply.margin_a,
        fallback_a=None if supply.fallback_a == "auto" else float(supply.fallback_a),
        demand_limit_w=supply.demand_limit_w,
        circuits=tuple(model.Circuit(item.id, item.limit_a, item.parent) for item in supply.circuits),
    )


def _tariff(name: str, tariff: TariffSettings) -> model.Tariff:
    idle = tariff.idle_minute
    return model.Tariff(
        name=name,
        energy_kwh=tariff.energy_kwh,
        session=tariff.session,
        idle_minute=idle.price if idle is not None else Decimal(0),
        idle_after_s=round(idle.after) if idle is not None else 0,
        periods=tuple(
            model.TariffPeriod(
                tuple(DAYS.index(day) for day in period.days), period.from_, period.to, period.energy_kwh
            )
            for period in tariff.periods
        ),
        tax_percent=tariff.tax_percent,
        revision=tariff.revision,
    )
