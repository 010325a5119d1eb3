"""A day of a charging station in the words of each version: what it says, what it is told, and what it answers.

Told by clients that others wrote, so the payloads stand here as the specifications have them, and each client says and
checks them by its own schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from edgegw.model import facts as f
from tests.simulate.served import Served

Payload = dict[str, Any]

FILES = "http://192.0.2.9:8008/files"


class Refused(Exception):
    """A CALL of the station was answered with a CALLERROR; its code."""


class ForeignStation(Protocol):
    """`heard` are the CALLs that came, `wrong` what the client had to say against what it was told."""

    heard: list[tuple[str, Payload]]
    wrong: list[str]

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send a CALL; its result. Raises Refused."""


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def register(wh: int) -> list[Payload]:
    return [{"timestamp": now(), "sampledValue": [{"value": wh, "measurand": "Energy.Active.Import.Register"}]}]


ANSWERS: Mapping[str, Mapping[str, Payload]] = {
    "1.6": {
        "ChangeConfiguration": {"status": "Accepted"},
        "GetConfiguration": {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
            "unknownKey": [],
        },
        "GetCompositeSchedule": {"status": "Rejected"},
        "GetDiagnostics": {"fileName": "diagnostics.zip"},
        "GetLocalListVersion": {"listVersion": 0},
        "UnlockConnector": {"status": "Unlocked"},
        "UpdateFirmware": {},
    },
    "2.x": {
        "GetCompositeSchedule": {"status": "Rejected"},
        "GetLocalListVersion": {"versionNumber": 0},
        "GetTransactionStatus": {"messagesInQueue": False},
        "GetVariables": {
            "getVariableResult": [
                {
                    "attributeStatus": "Accepted",
                    "attributeValue": "300",
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "HeartbeatInterval"},
                }
            ]
        },
        "SetVariables": {
            "setVariableResult": [
                {
                    "attributeStatus": "Accepted",
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "HeartbeatInterval"},
                }
            ]
        },
        "UnlockConnector": {"status": "Unlocked"},
    },
}
"""What the stations answer, where {"status": "Accepted"} is no answer."""


def answers(version: str) -> Mapping[str, Payload]:
    return ANSWERS["1.6" if version == "1.6" else "2.x"]


def orders(version: str) -> list[tuple[str, Payload, str]]:
    """(command, its arguments, the CALL that it comes to in this version)"""
    one = version == "1.6"
    setting: Payload = {"variable": "HeartbeatInterval"} | ({} if one else {"component": "OCPPCommCtrlr"})
    return [
        ("get_variables", {"variables": [setting]}, "GetConfiguration" if one else "GetVariables"),
        (
            "set_variables",
            {"variables": [{**setting, "value": "300"}]},
            "ChangeConfiguration" if one else "SetVariables",
        ),
        ("send_local_list", {}, "SendLocalList"),
        ("clear_cache", {}, "ClearCache"),
        ("unlock_connector", {"evse": 1}, "UnlockConnector"),
        ("change_availability", {"operative": True}, "ChangeAvailability"),
        ("trigger", {"message": "status_notification", "evse": 1}, "TriggerMessage"),
        ("update_firmware", {"location": FILES}, "UpdateFirmware"),
        ("get_log", {"kind": "diagnostics", "location": FILES}, "GetDiagnostics" if one else "GetLog"),
    ]


async def boots(station: ForeignStation, version: str) -> None:
    if version == "1.6":
        answer = await station.call("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"})
        status: Payload = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    else:
        about = {"vendorName": "v", "model": "m"}
        answer = await station.call("BootNotification", {"reason": "PowerUp", "chargingStation": about})
        status = {"timestamp": now(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert answer["status"] == "Accepted"
    assert await station.call("StatusNotification", status) == {}
    assert (await station.call("Heartbeat", {}))["currentTime"].endswith("Z")


async def obeys(gateway: Served, station: ForeignStation, version: str) -> None:
    """Every order reaches the station as a CALL that its own schemas take, and ends as the station says."""
    for name, args, action in orders(version):
        outcome = await gateway.command(name, station="CP01", **args)
        assert outcome.state == "done", (name, outcome)
        assert action in dict(station.heard), (name, station.heard)


async def charges(gateway: Served, station: ForeignStation, version: str) -> None:
    """Started and stopped from afar, with readings and a limit on the way."""
    begun = await gateway.command("start_transaction", station="CP01", evse=1, id_token="CARD1")
    assert begun.state == "done", begun
    if version == "1.6":
        await _charges_16(gateway, station)
    else:
        await _charges_2(gateway, station)
    (row,) = gateway.transactions
    assert (row.state, row.energy_wh, row.end_reason, row.ocpp) == ("ended", 150, "remote", version)
    assert [len(gateway.facts(kind)) for kind in (f.TransactionStarted, f.TransactionEnded, f.CdrClosed)] == [1, 1, 1]


async def _limited_and_stopped(gateway: Served) -> None:
    limited = await gateway.command("set_charging_profile", station="CP01", evse=1, profile={"limit_a": 9.5})
    assert limited.state == "done", limited
    (row,) = gateway.transactions
    ended = await gateway.command("stop_transaction", transaction=row.id)
    assert ended.state == "done", ended


async def _charges_16(gateway: Served, station: ForeignStation) -> None:
    assert dict(station.heard)["RemoteStartTransaction"] == {"connectorId": 1, "idTag": "CARD1"}
    asked = await station.call("Authorize", {"idTag": "CARD1"})
    assert asked["idTagInfo"]["status"] == "Accepted"
    start = {"connectorId": 1, "idTag": "CARD1", "meterStart": 100, "timestamp": now()}
    number = (await station.call("StartTransaction", start))["transactionId"]
    readings = [{"timestamp": now(), "sampledValue": [{"value": "150", "unit": "Wh"}]}]
    assert await station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": readings}) == {}
    await _limited_and_stopped(gateway)
    assert dict(station.heard)["RemoteStopTransaction"] == {"transactionId": number}
    stop = {"transactionId": number, "meterStop": 250, "timestamp": now(), "reason": "Remote"}
    await station.call("StopTransaction", stop)


async def _charges_2(gateway: Served, station: ForeignStation) -> None:
    asked = dict(station.heard)["RequestStartTransaction"]
    id_token = asked["idToken"]
    assert (await station.call("Authorize", {"idToken": id_token}))["idTokenInfo"]["status"] == "Accepted"

    async def event(kind: str, number: int, trigger: str, wh: int, about: Payload, **more: Any) -> Payload:
        return await station.call(
            "TransactionEvent",
            {
                "eventType": kind, "timestamp": now(), "triggerReason": trigger, "seqNo": number,
                "transactionInfo": {"transactionId": "tx-1", **about}, "meterValue": register(wh), **more,
            },
        )  # fmt: skip

    number = {"remoteStartId": asked["remoteStartId"]}
    where = {"evse": {"id": 1, "connectorId": 1}, "idToken": id_token}
    begun = await event("Started", 0, "RemoteStart", 100, number, **where)
    assert begun["idTokenInfo"]["status"] == "Accepted"
    await event("Updated", 1, "MeterValuePeriodic", 150, {"chargingState": "Charging"})
    await _limited_and_stopped(gateway)
    assert dict(station.heard)["RequestStopTransaction"] == {"transactionId": "tx-1"}
    ended = await event("Ended", 2, "RemoteStop", 250, {"stoppedReason": "Remote"})
    assert ended["totalCost"] == 0.3


async def asks_for_what_is_not_there(station: ForeignStation) -> None:
    """An action that nobody knows is answered with an error, and the connection goes on."""
    with pytest.raises(Refused, match=r"^Not(Implemented|Supported)$"):
        await station.call("MadeUp", {})
    assert (await station.call("Heartbeat", {}))["currentTime"]
