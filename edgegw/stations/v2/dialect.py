"""What OCPP 2.1 does differently from 2.0.1, as far as this gateway is concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edgegw.stations.codec import Version


@dataclass(frozen=True, slots=True)
class Dialect:
    """`no_plan` is the answer to NotifyEVChargingNeeds that means: charge as you like, within your limits."""

    version: Version
    max_id_token: int
    no_plan: str


V201: Final = Dialect("2.0.1", 36, "Rejected")
V21: Final = Dialect("2.1", 255, "NoChargingProfile")
