"""What is wrong with a station and what to do about it, in sentences for an installer. Pure.

They are drawn from what the API shows of it, the gravest first, so that page, command line and API can't say different
things. `kind` and `values` are for who says it in another language: the page does (`page/findings.js`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

Json = dict[str, Any]
Level = Literal["bad", "warm", "hint"]
"""`bad`: it does not charge, or not safely; `warm`: it does, and something is not as it should be; `hint`: to know."""

TURNED_AWAY: Final[Mapping[str, str]] = {
    "unknown": "Name it in the configuration, or: edgegw stations accept {id}",
    "too_many_unknown": "Name it in the configuration. If it is there, somebody tries names: edgegw stations knocks.",
    "password": "Set its password anew at both ends; the user name is the station's identity, exactly. 1.6 calls the "
    "password AuthorizationKey, in hex.",
    "too_many_logins": "Wait (ocpp.limits.refused_for), and set its password right.",
    "plain_text": "Its security profile is 2 or 3: its URL has to begin with wss:// and name the port with TLS.",
    "certificate": "Give it a certificate that names it, is still good, and is of an authority in tls.client_ca.",
    "revoked": "Its certificate was revoked here: it needs a new one.",
    "subprotocol": "Set it, or a newer firmware of it, to OCPP 1.6-J, 2.0.1 or 2.1.",
    "path": "Its URL has to end with its identity: ws://HUB:PORT/ocpp/{id}",
    "tls": "Its URL has to begin with ws:// at this port, or name the port with TLS.",
    "soap": "Set it, or a newer firmware of it, to OCPP 1.6-J, 2.0.1 or 2.1.",
    "no_websocket": "If it was a browser, nothing. Else set the station to OCPP-J (JSON over websocket).",
    "request": "Nothing can be set for that here: its firmware, or a proxy on the way, opens no proper websocket.",
    "no_http": "Set it to OCPP-J (JSON over websocket) and this port; something else may be speaking from its address.",
    "slow": "Look at the network between it and the gateway.",
    "tls_client_certificate": "Give it a certificate of an authority that tls.client_ca names.",
    "tls_server_certificate": "Put the root of the gateway's certificate into the station.",
    "tls_version": "It needs firmware with TLS 1.2.",
    "tls_cipher": "A newer firmware, or ocpp.tls_rsa_compat for old stations.",
    "tls_plain": "Its URL has to begin with wss:// at this port.",
}
"""What to do about a knock, by its reason."""

_ELSE: Final = "See what the log says (journalctl -u edgegw), and docs/stations.md."

_CLOCKS: Final[Mapping[str, tuple[str, str]]] = {
    "local_time": (
        "Its clock tells local time as if it were UTC ({skew} s).",
        "Set its time zone, or its clock to UTC.",
    ),
    "unset": ("Its clock was never set.", "Let it take the time from its heartbeats, or name a time server to it."),
    "off": ("Its clock is off by {skew} s.", "Let it take the time from its heartbeats, or name a time server to it."),
}


def findings(body: Json) -> list[Json]:
    """Of a station as the API shows it to an installer, without this field."""
    return [each for look in _LOOKS for each in look(body)]


def _finding(kind: str, level: Level, text: str, todo: str, **values: Any) -> Json:
    return {
        "kind": kind, "level": level, "text": text.format_map(values), "todo": todo.format_map(values), "values": values
    }  # fmt: skip


def _away(body: Json) -> Iterator[Json]:
    """Why it is not here; what its own knocks say goes before what silence says."""
    state, since = body["link"]["state"], body["link"]["since"]
    if state in ("up", "silent"):
        return
    knock = next((each for each in body["knocks"] if since is None or each["last_at"] >= since), None)
    if knock is not None:
        yield _finding(
            "turned_away", "bad", "It knocks and is not let in ({count}x, last at {at}): {reason}.",
            TURNED_AWAY.get(knock["reason"], _ELSE),
            id=body["id"], count=knock["count"], at=knock["last_at"], reason=knock["text"], word=knock["reason"],
        )  # fmt: skip
    elif state == "never":
        yield _finding(
            "never", "bad", "It has never been here.",
            "Set ws://HUB:PORT/ocpp/{id} as its central system, and look at cable, VLAN and firewall between them.",
            id=body["id"],
        )  # fmt: skip
    else:
        yield _finding(
            "down", "bad", "It has been away since {since}.",
            "Look whether it has power and network; it comes back by itself.", since=since,
        )  # fmt: skip


def _out(body: Json) -> Iterator[Json]:
    """Its boot is not accepted."""
    registration, source = body["registration"], body["boot_source"]
    if registration not in ("pending", "rejected"):
        return
    accept = "stations set {id} --boot accepted" if body["configured"] else "stations accept {id}"
    if source == "ocpp.on_serial_change":
        yield _finding(
            "kept_out", "bad", "It is kept out, as it says another serial number than before.",
            "If it was exchanged: edgegw stations accept {id}", id=body["id"],
        )  # fmt: skip
    elif registration == "pending":
        yield _finding(
            "pending", "bad", "It waits to be let in (by {source}).", f"If it belongs here: edgegw {accept}",
            id=body["id"], source=source,
        )  # fmt: skip
    else:
        yield _finding(
            "rejected", "bad", "It is kept out (by {source}).", f"If it belongs here: edgegw {accept}",
            id=body["id"], source=source,
        )  # fmt: skip


def _silent(body: Json) -> Iterator[Json]:
    if body["link"]["state"] == "silent":
        yield _finding(
            "silent", "bad", "It is connected and has answered no call since {since}.",
            "Restart it. If it falls silent again, its maker wants an edgegw stations trace, and it a newer firmware.",
            since=body["link"]["since"],
        )  # fmt: skip
    elif body["link"]["state"] == "up" and body["vendor"] is None:
        yield _finding(
            "not_booted", "warm", "It is connected and has not said what it is.",
            "Restart it, so that it sends a BootNotification.",
        )  # fmt: skip


def _places(body: Json) -> Iterator[Json]:
    places = [(0, body["connectors"]), *((evse["id"], evse["connectors"]) for evse in body["evses"])]
    for evse, connectors in places:
        for each in connectors:
            if each["status"] == "faulted":
                yield _finding(
                    "faulted", "bad", "{place} reports a fault: {error}.",
                    "Look at the station's own display; a restart clears many.",
                    place=f"EVSE {evse}" if evse else "It", evse=evse, error=each["error"] or "it does not say which",
                )  # fmt: skip
    for evse in body["evses"]:
        setpoint = evse["setpoint"]
        if body["link"]["state"] == "up" and setpoint is not None and not setpoint["accepted"] and setpoint["reason"]:
            yield _finding(
                "limit_refused", "bad", "EVSE {evse} does not take its limit, so all that it may draw is counted.",
                "See edgegw stations quirks {id}: a station file may know what it wants instead.",
                evse=evse["id"], id=body["id"],
            )  # fmt: skip


def _unnamed(body: Json) -> Iterator[Json]:
    """EVSEs of a configured station that its entry in the file lacks."""
    numbers = [str(evse["id"]) for evse in body["evses"] if evse["max_a"] is None] if body["configured"] else []
    if numbers:
        yield _finding(
            "evse_unnamed", "warm", "It tells of EVSE {evses}, which the file does not name: no limit is kept there.",
            "Name it among the evses of {id} in the configuration.", evses=", ".join(numbers), id=body["id"],
        )  # fmt: skip


def _proofs(body: Json) -> Iterator[Json]:
    if body["serial_changed"] and body["boot_source"] != "ocpp.on_serial_change":
        yield _finding(
            "serial_changed", "warm", "It says another serial number than at its first boot.",
            "If it was exchanged: edgegw stations accept {id}. If not, somebody else uses its name.", id=body["id"],
        )  # fmt: skip
    if body.get("password_pending"):
        yield _finding(
            "password_pending", "warm", "It was given a new password and has not used it yet; the old one is good too.",
            "Restart it. If it stays with the old one, rotate once more.",
        )  # fmt: skip
    if body["upgrading_to"] is not None:
        yield _finding(
            "upgrading", "warm", "It was told to come back by security profile {profile} and has not.",
            "Restart it; 1.6 stations are given the wss:// URL by hand.", profile=body["upgrading_to"],
        )  # fmt: skip
    if any(each["expiring"] and each["taken"] and each["revoked_at"] is None for each in body["certificates"][-1:]):
        yield _finding(
            "certificate_expiring", "warm", "Its certificate runs out at {at}.",
            "Have it ask for a new one: edgegw stations call {id} TriggerMessage "
            "requestedMessage=SignChargingStationCertificate (1.6: ExtendedTriggerMessage, "
            "SignChargePointCertificate).",
            at=body["certificates"][-1]["expires_at"], id=body["id"],
        )  # fmt: skip


def _clock(body: Json) -> Iterator[Json]:
    fault = body["clock_fault"]
    if fault is not None:
        text, todo = _CLOCKS[fault]
        skew = None if body["skew_s"] is None else f"{body['skew_s']:+.0f}"
        yield _finding(f"clock_{fault}", "warm", text, f"{todo} Meanwhile its times are put right here.", skew=skew)


def _upkeep(body: Json) -> Iterator[Json]:
    upkeep = body["upkeep"]
    by_status: dict[str, list[str]] = {}
    for each in upkeep["settings"]:
        by_status.setdefault(each["status"], []).append(each["setting"])
    if refused := by_status.get("refused", []) + by_status.get("read_only", []):
        yield _finding(
            "settings_refused", "warm", "It did not take settings that keep its records whole: {settings}.",
            "Set them in its own menu, or ask its maker.", settings=", ".join(refused),
        )  # fmt: skip
    if waiting := by_status.get("reboot_required"):
        yield _finding(
            "restart_required", "warm", "Settings count from its next restart on: {settings}.",
            "When it is free: edgegw stations call {id} Reset type=Soft (2.x: type=OnIdle).",
            settings=", ".join(waiting), id=body["id"],
        )  # fmt: skip
    held = upkeep["list"]
    if held is not None and held["reason"] is not None:
        yield _finding(
            "list_refused", "hint", "It does not hold the list of cards: {reason}.",
            "Without the gateway it knows nobody; nothing else depends on it.", reason=held["reason"],
        )  # fmt: skip
    for each in upkeep["out_of_use"]:
        yield _finding(
            "out_of_use", "hint", "{place} is out of use, as somebody wants it.",
            "To have it back: change_availability, operative.",
            place=f"EVSE {each['evse']}" if each["evse"] else "All of it", evse=each["evse"],
        )  # fmt: skip


def _tolerated(body: Json) -> Iterator[Json]:
    if count := len(body["tolerated"]):
        yield _finding(
            "tolerated", "hint", "It writes otherwise than OCPP says, in {count} ways, and is understood all the same.",
            "Nothing to do here; its maker may want to know.", count=count,
        )  # fmt: skip


_LOOKS: Final[tuple[Callable[[Json], Iterator[Json]], ...]] = (
    _out, _away, _silent, _places, _unnamed, _proofs, _clock, _upkeep, _tolerated,
)  # fmt: skip
