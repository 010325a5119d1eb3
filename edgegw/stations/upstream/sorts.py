"""What of a station's CALLs the other CSMS is told, and how long it is worth to be told.

A transaction, a security event, how an update of firmware went: all of it, in order, however late. Boots and statuses:
the newest. A report that nobody asked that CSMS for, a heartbeat, a certificate to be signed: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, Literal

from edgegw.model.value import value


class Rank(IntEnum):
    """What goes first when there is no room for all."""

    CLOCKED = 0
    """Readings by the clock, in use or not."""
    READING = 1
    """Readings of a transaction."""
    NOTICE = 2
    """Security events, firmware, logs, reservations."""
    TRANSACTION = 3
    """Begin, course and end of transactions."""


@value()
class Sort:
    """`kept` until it is told, by its rank; `newest` of its slot; `live`: only while that CSMS is there; `report`: the
    same, if it has asked for it; `question`: if it has the say; `not_told`."""

    kind: Literal["kept", "newest", "live", "report", "question", "not_told"]
    rank: Rank = Rank.NOTICE
    slot: str = ""


BOOT: Final = "boot"
STATUS: Final = "status/"

_NOTICES: Final = frozenset({
    "DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification",
    "PublishFirmwareStatusNotification", "ReservationStatusUpdate", "SecurityEventNotification",
    "SignedFirmwareStatusNotification",
})  # fmt: skip

_REPORTS: Final = frozenset({
    "NotifyCustomerInformation", "NotifyDERAlarm", "NotifyDisplayMessages", "NotifyMonitoringReport", "NotifyReport",
    "ReportChargingProfiles", "ReportDERControl",
})  # fmt: skip

_OURS: Final = frozenset({
    "Get15118EVCertificate", "GetCertificateChainStatus", "GetCertificateStatus", "Heartbeat",
    "NotifyPeriodicEventStream", "PullDynamicScheduleUpdate", "SignCertificate",
})  # fmt: skip
"""What the gateway answers alone: certificates are signed by one authority, and it has a heartbeat of its own."""

_METERED: Final = frozenset({"MeterValuePeriodic", "MeterValueClock"})


def sort_of(action: str, payload: Mapping[str, Any]) -> Sort:
    """What becomes of a CALL of a station, in any version."""
    if action == "TransactionEvent":
        metered = payload["eventType"] == "Updated" and payload["triggerReason"] in _METERED
        return Sort("kept", Rank.READING if metered and "idToken" not in payload else Rank.TRANSACTION)
    if action in ("StartTransaction", "StopTransaction"):
        return Sort("kept", Rank.TRANSACTION)
    if action == "MeterValues":
        return Sort("kept", Rank.READING if payload.get("transactionId") is not None else Rank.CLOCKED)
    if action in _NOTICES:
        return Sort("kept", Rank.NOTICE)
    if action == "BootNotification":
        return Sort("newest", slot=BOOT)
    if action == "StatusNotification":
        place = (payload.get("evseId"), payload.get("connectorId"))
        return Sort("newest", slot=STATUS + "/".join(str(each) for each in place if each is not None))
    if action in ("Authorize", "DataTransfer"):
        return Sort("question")
    if action in _OURS:
        return Sort("not_told")
    return Sort("report" if action in _REPORTS else "live")
