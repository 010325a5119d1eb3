"""Settings of the way to the cloud: `uplink`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edgegw.scalars import Credential, Section, Size


class UplinkTls(Section):
    """TLS towards the broker."""

    ca: Path | None = None
    """Certificate authority of the broker; the system's own when left out."""
    certificate: Path | None = None
    """The site's client certificate."""
    key: Path | None = None
    """Its private key."""
    alpn: list[str] = Field(default_factory=list)
    """Protocol names offered in the handshake."""


class UplinkSettings(Section):
    """The MQTT connection to the cloud."""

    brokers: list[Annotated[str, Field(pattern=r"^mqtts?://[^/\s]+(:\d+)?/?$")]] = Field(default_factory=list)
    """Brokers in order of preference: mqtt://host:1883 or mqtts://host:8883. None: everything stays here."""
    username: str | None = None
    """Name for the broker."""
    password: Credential | None = None
    """Password for the broker."""
    tls: UplinkTls | None = None
    """Certificates for mqtts."""
    root: Annotated[str, Field(pattern=r"^[^#+\s/]+(/[^#+\s/]+)*$")] = "edgegw/v1"
    """First part of every topic."""
    acknowledge: Literal["watermark", "puback"] = "watermark"
    """watermark: the cloud says what is durable there; puback: the broker's word is enough."""
    max_rate: Annotated[float, Field(gt=0)] = 80
    """Publishes a second at most."""
    max_batch: Annotated[Size, Field(ge=1024)] = 32 * 1024
    """Size of one publish at most."""
