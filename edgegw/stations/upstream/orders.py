"""What the other CSMS asks of a station: refused by the table, put to the hub like any other command, or passed on.

What works on charging goes in by the hub's door, so that the same rules hold as for the cloud and the page: who may,
when there is room, which place is free; and it is written down. The rest goes to the station as it came, in its turn.

A limit from there never lifts one from here. Where the gateway balances load, what it gives the stations are TxProfiles
over a low TxDefaultProfile; a profile for the whole station stands above both, and a station holds to the lowest (OCPP
1.6 section 3.13.2; 2.0.1 part 2, K01). So of charging profiles only those are passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from edgegw.journal.errors import JournalError
from edgegw.journal.ids import uuid7
from edgegw.model.commands import Asker, Command, Outcome
from edgegw.stations.codec import Payload, Version
from edgegw.stations.errors import CallFailed, StationError
from edgegw.stations.profiles import is_own
from edgegw.stations.rpc import Call, Code
from edgegw.stations.upstream import numbers
from edgegw.stations.upstream.authority import may, refusal
from edgegw.stations.upstream.sorts import BOOT, STATUS

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import AuthorityTable

WAIT_S: Final = 25.0
"""A CSMS gives a station about half a minute to answer."""

_STATION_WIDE: Final = frozenset({"ChargePointMaxProfile", "ChargingStationMaxProfile"})

_WRITTEN: Final = frozenset({
    "ChangeAvailability", "UnlockConnector", "ReserveNow", "CancelReservation", "SetChargingProfile",
    "ClearChargingProfile", "ChangeConfiguration", "SetVariables", "SendLocalList", "ClearCache", "UpdateFirmware",
    "SignedUpdateFirmware", "PublishFirmware", "UnpublishFirmware", "InstallCertificate", "DeleteCertificate",
    "CertificateSigned", "UpdateDynamicSchedule", "UsePriorityCharging",
})  # fmt: skip
"""Actions that change something at the station: they are commands of the hub, and so in the ledger."""


class Refused(Exception):
    """A CALLERROR for the other CSMS."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Station(Protocol):
    """The live link of a station."""

    async def call(self, action: str, payload: Mapping[str, Any], timeout_s: float | None = None) -> Payload: ...


class UpstreamOrders:
    """Of one station. `there` are the other CSMS's transaction ids by the gateway's; `again` has what the slots hold
    told again, and says whether they hold anything; `asked` takes note of a report's number."""

    def __init__(
        self,
        hub: Hub,
        station: str,
        version: Version,
        table: AuthorityTable,
        there: Mapping[int, int],
        again: Callable[[str], bool],
        asked: Callable[[int], None],
    ) -> None:
        self._hub = hub
        self._station = station
        self._version: Version = version
        self._table = table
        self._there = there
        self._again = again
        self._asked = asked

    async def carry_out(self, call: Call, link: Station | None) -> Payload:
        """The answer to a CALL, of which its schema has been held. Raises Refused."""
        action, payload = call.action, call.payload
        if not may(self._table, action, payload):
            return self._no(action)
        if link is None:
            raise Refused(Code.GENERIC, "the station is not connected")
        try:
            match action:
                case "RemoteStartTransaction" | "RequestStartTransaction":
                    return await self._start(action, payload)
                case "RemoteStopTransaction" | "RequestStopTransaction":
                    return await self._stop(action, payload)
                case "Reset":
                    return await self._reset(action, payload)
                case "TriggerMessage" if (told := self._trigger(payload)) is not None:
                    return told
                case "SetChargingProfile" | "ClearChargingProfile" if not self._only_lowers(action, payload):
                    return self._no(action)
            if isinstance(payload.get("requestId"), int):
                self._asked(payload["requestId"])
            if action in _WRITTEN:
                return await self._written(action, payload)
            return await link.call(action, payload, WAIT_S)
        except StationError as error:
            raise Refused(error.code, error.description) from error
        except (CallFailed, JournalError) as error:
            raise Refused(Code.GENERIC, "the station gave no answer, or could not be asked") from error

    def _no(self, action: str) -> Payload:
        answer = refusal(self._version, action)
        if answer is None:
            raise Refused(Code.SECURITY, "this gateway does not take it from you")
        return answer

    async def _submit(self, name: str, args: Mapping[str, Any], asked: int | None = None) -> Outcome:
        by = Asker(numbers.ASKER, None if asked is None else str(asked))
        return await self._hub.submit(Command(uuid7(), name, {**args}, by=by), wait_s=WAIT_S)

    async def _start(self, action: str, payload: Payload) -> Payload:
        token = payload["idTag"] if self._version == "1.6" else payload["idToken"]["idToken"]
        evse = payload.get("connectorId" if self._version == "1.6" else "evseId") or self._free_place()
        if evse is None:
            return self._no(action)
        args = {"station": self._station, "evse": evse, "id_token": token}
        if payload.get("chargingProfile") is not None:
            limit_a = _lowest_a(payload["chargingProfile"])
            if limit_a is None or self._hub.site.supply is None:  # nobody here could hold it to that
                return self._no(action)
            args["limit_a"] = limit_a
        outcome = await self._submit("start_transaction", args, payload.get("remoteStartId"))
        return {"status": "Accepted"} if outcome.state == "done" else self._no(action)

    def _free_place(self) -> int | None:
        """The place of a start that names none: one where nothing runs."""
        configured, state = self._hub.site.stations.get(self._station), self._hub.state
        places = [evse.id for evse in configured.evses] if configured is not None else [1]
        return next((id for id in places if (self._station, id) not in state.at_evse), None)

    async def _stop(self, action: str, payload: Payload) -> Payload:
        id = numbers.meant(payload, self._version, self._station, self._there, self._hub.state)
        if id is None:
            return self._no(action)
        outcome = await self._submit("stop_transaction", {"transaction": id})
        return {"status": "Accepted"} if outcome.state == "done" else self._no(action)

    async def _reset(self, action: str, payload: Payload) -> Payload:
        args = {"station": self._station, "kind": "soft" if payload["type"] in ("Soft", "OnIdle") else "hard"}
        if payload.get("evseId") is not None:
            args["evse"] = payload["evseId"]
        outcome = await self._submit("reset", args)
        return {"status": "Accepted"} if outcome.state == "done" else self._no(action)

    def _trigger(self, payload: Payload) -> Payload | None:
        """What the gateway knows is told again without the station, which may reboot when it is asked for its boot."""
        wanted = payload["requestedMessage"]
        if wanted not in ("BootNotification", "StatusNotification", "Heartbeat"):
            return None
        evse = payload.get("evse") or {}
        place = [payload.get("connectorId"), evse.get("id"), evse.get("connectorId")]
        slot = STATUS + "/".join(str(each) for each in place if each is not None)
        known = wanted == "Heartbeat" or self._again(BOOT if wanted == "BootNotification" else slot)
        return {"status": "Accepted" if known else "Rejected"}

    def _only_lowers(self, action: str, payload: Payload) -> bool:
        """Whether a charging profile, or its end, leaves the gateway's own as they are."""
        if action == "SetChargingProfile":
            name = "csChargingProfiles" if self._version == "1.6" else "chargingProfile"
            profile = payload[name]
            id = profile.get("chargingProfileId" if self._version == "1.6" else "id")
            managed = self._hub.site.supply is not None
            return not is_own(id) and (not managed or profile.get("chargingProfilePurpose") in _STATION_WIDE)
        if self._hub.site.supply is None:
            return True
        id = payload.get("id" if self._version == "1.6" else "chargingProfileId")
        criteria = payload if self._version == "1.6" else payload.get("chargingProfileCriteria") or {}
        if id is not None:
            return not is_own(id)
        return criteria.get("chargingProfilePurpose") in _STATION_WIDE

    async def _written(self, action: str, payload: Payload) -> Payload:
        args = {"station": self._station, "action": action, "payload": payload, "timeout_s": WAIT_S, "force": True}
        outcome = await self._submit("call_station", args)
        result = outcome.result or {}
        if outcome.state == "done":
            answer: Payload = result["result"]
            return answer
        if "error" in result:
            raise Refused(result["error"]["code"], result["error"]["description"])
        raise Refused(Code.GENERIC, "the station gave no answer, or could not be asked")


def _lowest_a(profile: Mapping[str, Any]) -> float | None:
    """The lowest limit of a profile in A; None for one that says watts, or none."""
    said = profile.get("chargingSchedule")
    schedules = said if isinstance(said, list) else [said]
    found: list[float] = []
    for schedule in schedules:
        if not isinstance(schedule, Mapping) or schedule.get("chargingRateUnit") != "A":
            return None
        found += [each["limit"] for each in schedule["chargingSchedulePeriod"] if each.get("limit") is not None]
    return min(found, default=None)
