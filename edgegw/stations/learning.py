"""What a station is seen to do otherwise than OCPP says. Pure: signs in, and when they suffice, the evidence in words.

Nothing that is learned raises a limit or lowers a bill (`quirks.LEARNED`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from edgegw.model.samples import MeterSample
from edgegw.stations.codec import Outgoing
from edgegw.stations.quirks import Quirk

PONGS_MISSED: Final = 3
"""Pings without a pong, of a station that goes on sending and has never sent one, after which it sends none at all."""


def pong_evidence(missed: int) -> str | None:
    return f"{missed} pings without a pong, while it went on sending" if missed >= PONGS_MISSED else None


def guesses(refused: Outgoing, quirk: Quirk) -> Iterator[str]:
    """Why a station may have refused a profile, by what could be learned of it, the likeliest first."""
    if refused.action != "SetChargingProfile":
        return
    profile: dict[str, Any] = refused.payload.get("csChargingProfiles") or refused.payload["chargingProfile"]
    told = profile["chargingSchedule"]
    schedules: Iterable[dict[str, Any]] = [told] if isinstance(told, dict) else told
    periods = [period for schedule in schedules for period in schedule["chargingSchedulePeriod"]]
    if quirk.pause_a is None and any(period["limit"] == 0 for period in periods):
        yield "no_zero_limit"
    if not quirk.relative_only and profile["chargingProfileKind"] == "Absolute":
        yield "no_absolute"
    in_ampere = any(schedule["chargingRateUnit"] == "A" for schedule in schedules)
    if quirk.rate_unit == "A" and in_ampere and all("numberPhases" in period for period in periods):
        yield "no_ampere"


EVIDENCE: Final = {
    "no_absolute": "an Absolute schedule was refused, the same one as Relative accepted",
    "no_ampere": "a limit in A was refused, the same one in W accepted",
    "no_zero_limit": "a limit of 0 was refused, one of 0.1 A accepted",
}
"""What it is that was seen when a guess was right."""


class _Since(NamedTuple):
    at_s: float
    register: float
    power_w: float


class RegisterWatch:
    """Whether the register of an EVSE counts kWh and says Wh: its rise against the power that was told meanwhile.

    `most_w` is what the EVSE can give: power that is told beyond it proves nothing.
    """

    ENOUGH_WH: Final = 3000.0
    """So much has to have flowed: three counts of a register in kWh, so that rounding cannot fool anybody."""
    GAP_S: Final = 300.0

    def __init__(self, most_w: float) -> None:
        self._most_w = 1.2 * most_w
        self._last: _Since | None = None
        self._rise = 0.0
        self._flowed_wh = 0.0

    def look(self, sample: MeterSample) -> str | None:
        """Take a reading in; the evidence when it suffices."""
        register, power_w = sample.values.get("import_wh"), sample.values.get("power_w")
        if register is None or power_w is None or sample.quality == "suspect":
            return None
        now, last = _Since(sample.at.timestamp(), register, power_w), self._last
        self._last = now
        if last is None or not 0 < now.at_s - last.at_s <= self.GAP_S or register < last.register:
            self._rise = self._flowed_wh = 0.0
            return None
        if not 0 <= power_w <= self._most_w:
            self._rise = self._flowed_wh = 0.0
            return None
        self._rise += register - last.register
        self._flowed_wh += (power_w + last.power_w) / 2 * (now.at_s - last.at_s) / 3600
        if self._flowed_wh < self.ENOUGH_WH:
            return None
        rise, flowed_wh = self._rise, self._flowed_wh
        self._rise = self._flowed_wh = 0.0
        if rise >= 3 and 500 <= flowed_wh / rise <= 2000:
            return f"its register rose by {rise:.0f} Wh while {flowed_wh:.0f} Wh flowed by its own power"
        return None
