"""Words and times that the codecs of every OCPP version share.

Times: a station's time without a zone is UTC, as OCPP recommends all times to be (1.6 section 3.13). One that cannot be
read, or lies before the gateway was made, comes from a station that has no clock yet: what it asserts about money keeps
a fixed time, so that a retry is still the same request; what it merely shows is dated by its arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import lru_cache
from typing import Any, Final

from edgegw.core.matching import CLOCK_FLOOR
from edgegw.core.secrets import without_secrets
from edgegw.hub import Ending
from edgegw.model.facts import ConnectorStatus
from edgegw.model.requests import ChargingState
from edgegw.stations.codec import Unprocessable

NO_CLOCK: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a transaction event happened whose time cannot be read."""

MAX_EVSE: Final = 999
"""The largest EVSE or connector number that is believed; each one met costs memory."""

STATUSES: Final[Mapping[str, ConnectorStatus]] = {
    "Available": "available",
    "Preparing": "preparing",
    "Occupied": "occupied",
    "Charging": "charging",
    "SuspendedEV": "suspended_ev",
    "SuspendedEVSE": "suspended_evse",
    "Finishing": "finishing",
    "Reserved": "reserved",
    "Unavailable": "unavailable",
    "Faulted": "faulted",
}
"""ChargePointStatus of 1.6 (section 7.7) and ConnectorStatusEnumType of 2.x."""

CHARGING_STATES: Final[Mapping[str, ChargingState]] = {
    "EVConnected": "ev_connected",
    "Charging": "charging",
    "SuspendedEV": "suspended_ev",
    "SuspendedEVSE": "suspended_evse",
    "Idle": "idle",
}
"""ChargingStateEnumType of 2.x."""

STOP_REASONS: Final = frozenset({
    "DeAuthorized", "EmergencyStop", "EVDisconnected", "Local", "Other", "PowerLoss", "Reboot", "Remote",
    "HardReset", "SoftReset", "UnlockCommand",  # 1.6 alone
    "EnergyLimitReached", "GroundFault", "ImmediateReset", "LocalOutOfCredit", "MasterPass", "OvercurrentFault",
    "PowerQuality", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout",
    "ReqEnergyTransferRejected",  # 2.1 alone
})  # fmt: skip
"""Reason of 1.6 (section 7.36) and ReasonEnumType of 2.x."""

_DONE: Final = frozenset({"Accepted", "AcceptedCanceled", "RebootRequired", "Scheduled", "Unlocked"})
_FAILED: Final = frozenset({"Failed", "UnlockFailed"})


def read_time(text: str) -> datetime | None:
    """An OCPP time as aware UTC; None when it is no time, or one of a clock that was never set."""
    at = _utc(text)
    return at if at is not None and at >= CLOCK_FLOOR else None


def asserted_at(text: str) -> datetime:
    """The time of a transaction event as the station tells it, also from before its clock was set; NO_CLOCK for none.
    A retry gets the same."""
    return _utc(text) or NO_CLOCK


def told_at(text: str) -> datetime | None:
    """A time as the station tells it, also one of a clock that was never set; None when it is no time."""
    return _utc(text)


def _utc(text: str) -> datetime | None:
    """The time as aware UTC, None when it is none. The calendar's first and last year are none either: no zone, and
    no time a little earlier or later, could be told from them."""
    try:
        at = datetime.fromisoformat(text if text[-1:] != "z" else text.upper())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if MINYEAR < at.year < MAXYEAR else None


def shown_at(text: str | None, now: datetime) -> datetime:
    """The time of something shown: as the station says, else when it arrived."""
    return (read_time(text) if text is not None else None) or now


def stamp(at: datetime) -> str:
    """A time for a station: UTC with `Z`, as other zones confuse some, with the 3 decimals that 2.x allows."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@lru_cache(maxsize=512)
def snake(word: str) -> str:
    """An OCPP word in snake_case: `EVDisconnected` -> `ev_disconnected`, `SOCLimitReached` -> `soc_limit_reached`."""
    out = ""
    for i, letter in enumerate(word):
        before, after = word[i - 1 : i], word[i + 1 : i + 2]
        starts = letter.isupper() and (before.islower() or before.isdigit() or (before.isupper() and after.islower()))
        out += ("_" if starts else "") + (letter.lower() if letter.isalnum() else "_")
    return out


def stop_reason(word: str | None) -> str:
    """Why a transaction ended. Both versions take a missing reason as Local; a vendor's own word is `other`."""
    return snake(word) if word in STOP_REASONS else "local" if word is None else "other"


def place_number(number: int) -> int:
    """An EVSE or connector number, or Unprocessable when no station has that many."""
    if not 0 <= number <= MAX_EVSE:
        raise Unprocessable("PropertyConstraintViolation", f"an EVSE or connector number is 0 to {MAX_EVSE}")
    return int(number)


def believed(number: int | None) -> int | None:
    """An EVSE or connector number, None for none or one that no station has: what it belongs to counts all the same."""
    return int(number) if number is not None and 0 <= number <= MAX_EVSE else None


def ending(answer: Mapping[str, Any]) -> Ending:
    """How a command ended, from the station's `status`; `statusInfo` of 2.x goes into the result."""
    status = str(answer["status"])
    result: dict[str, Any] = {}
    if status in _DONE - {"Accepted", "Unlocked"}:
        result["status"] = snake(status)
    if isinstance(info := answer.get("statusInfo"), Mapping):
        result |= {snake(key): info[key] for key in ("reasonCode", "additionalInfo") if key in info}
    if status in _DONE:
        return Ending("done", None, result or None)
    return Ending("failed" if status in _FAILED else "rejected", snake(status), result or None)


def data_transfer_ending(answer: Mapping[str, Any]) -> Ending:
    """As `ending`, with the `data` that came back."""
    ended = ending(answer)
    if "data" not in answer:
        return ended
    return Ending(ended.state, ended.reason, {**(ended.result or {}), "data": without_secrets(answer["data"])})
