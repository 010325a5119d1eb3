"""Who has the say: the table of `ocpp.upstream.authority`, action by action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from edgegw.model.requests import AuthorizeRequest, StationRequest, TransactionRequest
from edgegw.stations.codec import Payload, Version
from edgegw.stations.schemas import for_version
from edgegw.stations.settings import AuthorityTable, May

Matter = Literal[
    "remote_start", "remote_stop", "resets", "availability", "profiles", "settings", "lists", "firmware",
    "certificates", "others",
]  # fmt: skip

_ACTIONS: Final[Mapping[Matter, tuple[str, ...]]] = {
    "remote_start": ("RemoteStartTransaction", "RequestStartTransaction"),
    "remote_stop": ("RemoteStopTransaction", "RequestStopTransaction"),
    "resets": ("Reset",),
    "availability": ("ChangeAvailability", "UnlockConnector", "ReserveNow", "CancelReservation"),
    "profiles": (
        "SetChargingProfile", "ClearChargingProfile", "UpdateDynamicSchedule", "UsePriorityCharging", "SetDERControl",
        "ClearDERControl", "AFRRSignal", "NotifyAllowedEnergyTransfer",
    ),
    "settings": (
        "ChangeConfiguration", "SetVariables", "SetNetworkProfile", "SetVariableMonitoring", "SetMonitoringBase",
        "SetMonitoringLevel", "ClearVariableMonitoring", "SetDefaultTariff", "ChangeTransactionTariff", "ClearTariffs",
        "AdjustPeriodicEventStream", "OpenPeriodicEventStream", "ClosePeriodicEventStream",
    ),
    "lists": ("SendLocalList", "ClearCache"),
    "firmware": (
        "UpdateFirmware", "SignedUpdateFirmware", "PublishFirmware", "UnpublishFirmware",
    ),
    "certificates": ("InstallCertificate", "DeleteCertificate", "CertificateSigned"),
}  # fmt: skip

_MATTERS: Final[Mapping[str, Matter]] = {action: matter for matter, names in _ACTIONS.items() for action in names}

OURS: Final = frozenset({
    "authorizationkey", "basicauthpassword", "securityprofile", "networkconfigurationpriority", "identity",
    "heartbeatinterval",
})  # fmt: skip
"""Variables by which a station finds, and proves itself to, this gateway: no other CSMS changes them, whatever the
table says. In lower case."""


def may(table: AuthorityTable, action: str, payload: Mapping[str, Any]) -> bool:
    """Whether the other CSMS may send a station this CALL."""
    if action == "SetNetworkProfile" or not OURS.isdisjoint(_changed(action, payload)):
        return False
    says: May = getattr(table, _MATTERS.get(action, "others"))
    return says == "allow"


def _changed(action: str, payload: Mapping[str, Any]) -> frozenset[str]:
    if action == "ChangeConfiguration":
        return frozenset({str(payload.get("key")).lower()})
    if action == "SetVariables":
        return frozenset(str(each["variable"]["name"]).lower() for each in payload.get("setVariableData", ()))
    return frozenset()


def asked_about(table: AuthorityTable, request: StationRequest) -> bool:
    """Whether the other CSMS has the say in what a request asks."""
    if isinstance(request, AuthorizeRequest):
        return table.authorize == "upstream"
    if not isinstance(request, TransactionRequest):
        return False
    if request.stage == "ended":
        return table.stop == "upstream"
    return request.id_token is not None and table.start == "upstream"


def answers_itself(table: AuthorityTable, action: str) -> bool:
    """Whether the other CSMS is to answer an action that the gateway could answer without anybody."""
    return action == "DataTransfer" and table.data_transfer == "upstream"


def is_asked(table: AuthorityTable, action: str) -> bool:
    """Whether the other CSMS hears of an action that is nothing but a question."""
    if action == "Authorize":
        return table.authorize == "upstream"
    return answers_itself(table, action)


def refusal(version: Version, action: str) -> Payload | None:
    """The answer that says no in an action's own words; None where only a CALLERROR can."""
    schema = for_version(version).get(action, "response", strict=True)
    if schema is None:
        return None
    for status in ("Rejected", "NotSupported", "Failed", "UnlockFailed"):
        if schema.violation({"status": status}) is None:
            return {"status": status}
    return None
