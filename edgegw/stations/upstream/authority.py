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

OURS_WHOLE: Final = "networkconfiguration"
"""A component of OCPP 2.1 whose variables are a network profile, one by one: its URL, its password, its interface."""


def may(table: AuthorityTable, action: str, payload: Mapping[str, Any]) -> bool:
    """Whether the other CSMS may send a station this CALL."""
    if action == "SetNetworkProfile" or _changes_ours(action, payload):
        return False
    says: May = getattr(table, _MATTERS.get(action, "others"))
    return says == "allow"


def _changes_ours(action: str, payload: Mapping[str, Any]) -> bool:
    if action == "ChangeConfiguration":
        return _plain(payload["key"]) in OURS
    return action == "SetVariables" and any(
        _plain(each["variable"]["name"]) in OURS or _plain(each["component"]["name"]) == OURS_WHOLE
        for each in payload["setVariableData"]
    )


def _plain(name: str) -> str:
    """As stations compare names: in any case, and some with blanks around them."""
    return name.strip().lower()


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
