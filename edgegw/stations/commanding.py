"""Arguments of commands, read the same way for every OCPP version. What does not fit is Unsupported, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import orjson

from edgegw.core.devices import in_parts
from edgegw.core.secrets import is_secret
from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.model.state import Transaction
from edgegw.stations.codec import Payload, Peer, Unsupported
from edgegw.stations.profiles import integer
from edgegw.stations.words import ending, snake, stamp

_SAME_TRIGGER = {
    "SignChargePointCertificate": "SignChargingStationCertificate",
    "SignChargingStationCertificate": "SignChargePointCertificate",
    "DiagnosticsStatusNotification": "LogStatusNotification",
}
"""What one version calls differently from the other."""


def named_evse(command: Command) -> int:
    """The EVSE that a command is for: 1 or more."""
    evse = integer(command.args, "evse")
    if evse == 0:
        raise Unsupported("evse is 1 or more")
    return evse


def named_transaction(command: Command, peer: Peer) -> Transaction:
    """The active transaction that a command names: by the hub's id, or by its EVSE."""
    if command.args.get("transaction") is None:
        found = peer.active(named_evse(command))
    else:
        wanted = command.args["transaction"]
        places = [evse.id for evse in peer.evses] or range(1, 17)  # a station that is not configured: the usual numbers
        running = [peer.active(evse) for evse in places]
        found = next((each for each in running if each is not None and each.id == wanted), None)
    if found is None:
        raise Unsupported("no such transaction is running")
    return found


def operative(command: Command) -> bool:
    """Whether what a command names shall be in service. Only true and false say so: a slip must not close a station."""
    wanted = command.args.get("operative")
    if not isinstance(wanted, bool):
        raise Unsupported("operative is true or false")
    return wanted


def reset_kind(command: Command) -> Literal["soft", "hard"]:
    """`hard` is at once; `soft` is 1.6's graceful reset and 2.x's OnIdle."""
    kind = command.args.get("kind")
    if kind not in ("soft", "hard"):
        raise Unsupported("kind is soft or hard")
    return "hard" if kind == "hard" else "soft"


def trigger_name(command: Command, known: Iterable[str]) -> str:
    """The message to trigger, as OCPP spells it; given in either spelling, or by the other version's name."""
    asked = str(command.args.get("message"))
    names = list(known)
    for name in names:
        if asked in (name, snake(name)):
            return name
    for name, other in _SAME_TRIGGER.items():
        if asked in (name, snake(name)) and other in names:
            return other
    raise Unsupported(f"message is one of {', '.join(snake(name) for name in names)}")


def moment(command: Command, name: str) -> str | None:
    """The time of an argument as stations read it; None when it was not given."""
    text = command.args.get(name)
    return None if text is None else stamp(datetime.fromisoformat(text))


def carried(command: Command, **keys: str) -> Payload:
    """The arguments that were given among `keys`, by the names that OCPP has for them."""
    given = {ours: command.args.get(ours) for ours in keys}
    return {keys[ours]: value for ours, value in given.items() if value is not None}


def with_result(**about: Any) -> Callable[[Mapping[str, Any]], Ending]:
    """An `ending` whose result holds `about` when the station accepted."""

    def ended(answer: Mapping[str, Any]) -> Ending:
        found = ending(answer)
        return Ending(found.state, found.reason, {**about, **(found.result or {})}) if found.state == "done" else found

    return ended


def reserved(command: Command, peer: Peer) -> Callable[[Mapping[str, Any]], Ending]:
    """The `ending` of a reserve: its result names the reservation, and the group that may use it as well."""
    group = peer.group(str(command.args.get("id_token")))
    return with_result(reservation=command.id, **({} if group is None else {"group": group}))


def within_a_fact(name: str, entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Entries as a command's result under `name`. What would make the fact of it too large for the uplink is counted
    in `left_out`."""
    first, *rest = [*in_parts(entries)] or [()]
    left_out = sum(len(part) for part in rest)
    return {name: list(first), **({"left_out": left_out} if left_out else {})}


def as_text(payload: object) -> str:
    """The data of a 1.6 DataTransfer, which is text: other values are sent as JSON."""
    return payload if isinstance(payload, str) else orjson.dumps(payload).decode()


def composite(evse: int, starts_at: str | None, schedule: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result of get_composite_schedule, from a ChargingSchedule (1.6) or CompositeSchedule (2.x)."""
    unit = "limit_a" if schedule.get("chargingRateUnit") == "A" else "limit_w"
    return {
        "evse": evse,
        "starts_at": starts_at,
        "duration_s": schedule.get("duration"),
        "periods": [
            {"starts_s": each["startPeriod"], unit: each.get("limit"), "phases": each.get("numberPhases")}
            for each in schedule.get("chargingSchedulePeriod", ())
        ],
    }


def shown(variable: str, value: object) -> object:
    """The value of a variable as it may be told: a password is not, though some stations give it away."""
    return None if is_secret(variable) else value


def variables_ending(variables: list[Mapping[str, Any]]) -> Ending:
    """How set_variables ended, by what the station said of each."""
    refused = [each for each in variables if each["status"] not in ("accepted", "reboot_required")]
    result = {"variables": variables}
    if not refused:
        return Ending("done", None, result)
    words = ", ".join(f"{each['variable']} {each['status']}" for each in refused)
    return Ending("rejected" if len(refused) == len(variables) else "failed", words, result)


CERTIFICATE_USES: Final[Mapping[str, str]] = {
    "csms_root": "CSMSRootCertificate",
    "manufacturer_root": "ManufacturerRootCertificate",
    "mo_root": "MORootCertificate",
    "oem_root": "OEMRootCertificate",
    "v2g_root": "V2GRootCertificate",
}
"""What a certificate is the root of, as 2.x spells it; 1.6 says CentralSystemRootCertificate for the first."""


def certificate_hashes(data: Mapping[str, Any], use: str | None) -> dict[str, Any]:
    """A certificate that a station holds, in the words of delete_certificate."""
    return {
        "use": use,
        "hash_algorithm": str(data["hashAlgorithm"]).lower(),
        "issuer_name_hash": data["issuerNameHash"],
        "issuer_key_hash": data["issuerKeyHash"],
        "serial_number": data["serialNumber"],
    }


def hash_data(given: Mapping[str, Any]) -> Payload:
    """CertificateHashDataType of the arguments that name a certificate by its hashes."""
    return {
        "hashAlgorithm": str(given["hash_algorithm"]).upper(), "issuerNameHash": given["issuer_name_hash"],
        "issuerKeyHash": given["issuer_key_hash"], "serialNumber": given["serial_number"],
    }  # fmt: skip


def signature_of(command: Command) -> Payload:
    """What proves firmware: both of certificate and signature, or nothing."""
    proof = carried(command, certificate="signingCertificate", signature="signature")
    if len(proof) == 1:
        raise Unsupported("certificate and signature go together")
    return proof


def held_reservation(command: Command, peer: Peer) -> int:
    """The number that the station knows the named reservation by."""
    held = peer.reservation(str(command.args.get("reservation")))
    if held is None:
        raise Unsupported("there is no such reservation, or it has ended")
    return held.number
