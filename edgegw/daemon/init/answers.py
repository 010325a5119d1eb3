"""What `init` has to know of a site. Every answer has a default, so that an empty file of answers is one."""

from __future__ import annotations

import re
from pathlib import Path
from socket import gethostname
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from edgegw.meters.settings import MeterSettings
from edgegw.scalars import Duration, Port, Section
from edgegw.settings import Invalid
from edgegw.settings.document import read
from edgegw.settings.findings import nearest, wording


def site_id(text: str) -> str:
    """A host's name as a site's id."""
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:48] or "hub-01"


def time_zone(etc: Path = Path("/etc")) -> str:
    """The machine's time zone, UTC when it does not tell."""
    try:
        named = (etc / "timezone").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        named = str((etc / "localtime").resolve()).partition("zoneinfo/")[2]
    return named or "UTC"


class Supply(Section):
    """The site's connection."""

    limit_a: Annotated[float, Field(gt=0)]
    """The main breaker, per phase."""
    phases: Literal[1, 3] = 3
    """Phases of the connection."""
    voltage_v: Annotated[float, Field(ge=90, le=260)] = 230.0
    """Phase to neutral."""
    building_max_a: Annotated[float, Field(ge=0)] = 0.0
    """The most that everything but the stations draws on a phase."""


class Answers(Section):
    """Of one site."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,48}$")] = Field(default_factory=lambda: site_id(gethostname()))
    """Stands in every topic of the cloud; can't be changed later without a new site there."""
    name: str | None = None
    """What people call it."""
    timezone: str = Field(default_factory=time_zone)
    """IANA time zone."""
    locale: Literal["pt-BR", "en", "es"] = "pt-BR"
    """Language of page and voice."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "BRL"
    """ISO 4217 code."""
    port: Port = 9000
    """Where stations connect."""
    stations: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9*\-_=:+|@.]{1,48}$")]] | None = None
    """Their identities; left out: those that knock within `listen_for`."""
    listen_for: Duration = 0.0
    """How long to wait for stations that knock."""
    max_a: Annotated[float, Field(gt=0, le=1000)] = 32.0
    """What each EVSE may draw."""
    serial: list[str] | None = None
    """RS485 adapters to look for meters on; left out: all that are there."""
    hosts: list[str] = Field(default_factory=list)
    """Addresses of meters on the network, HOST or HOST:PORT."""
    meters: list[MeterSettings] | None = None
    """The meters as the file has them; left out: those that are found, of which the first measures the supply."""
    supply: Supply | None = None
    """The site's connection; left out: nothing is shared."""
    energy_kwh: Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,6})?$")] | None = None
    """Price of a kilowatt-hour."""
    broker: Annotated[str, Field(pattern=r"^mqtts?://[^/\s]+(:\d+)?/?$")] | None = None
    """The cloud's MQTT broker."""
    username: str | None = None
    """Our name there."""


def read_answers(path: Path) -> Answers:
    """Those of a YAML file. Raises Invalid with everything that is wrong."""
    document = read(path)
    if document.findings:
        raise Invalid(document.findings)
    data = {} if document.data is None else document.data
    try:
        return Answers.model_validate(data)
    except ValidationError as error:
        found = []
        for each in error.errors(include_url=False):
            key: tuple[Any, ...] = tuple(part for part in each["loc"] if not str(part).startswith("("))
            value = data
            for part in key:
                known = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
                value = value[part] if known else None
            unknown = each["type"] == "extra_forbidden" and len(key) == 1
            text = f"unknown key; {nearest(str(key[-1]), Answers.model_fields)}" if unknown else wording(each, value)  # type: ignore[arg-type]
            found.append(document.finding(key, text))
        raise Invalid(found) from error
