"""What is wrong, from what was gathered. Pure: no clock but that in the values, no file, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from edgegw.daemon.doctor.values import (
    Broker,
    Certificate,
    Disk,
    Finding,
    Hub,
    Listener,
    MachineClock,
    MeterRead,
    PassedSockets,
    SerialPort,
    VoicePart,
)
from edgegw.settings.findings import Finding as FileFinding

EXPIRING: Final = timedelta(days=30)
RESERVE_BYTES: Final = 64 * 1024**2
"""With less than this beside the ledger's budget a disk is called full: the log, an upgrade and a copy want it."""
LATE_S: Final = 300.0
"""A fact that waits longer for the cloud is worth a word, though there is a connection."""
WORN: Final = 9
"""Of the card's own tenths: at 80 to 90 % of its life it is time to have another."""


def of_file(found: Iterable[FileFinding]) -> Iterator[Finding]:
    """Errors and warnings of `edgegw check`."""
    for each in found:
        kind, level = ("file_warning", "warm") if each.warning else ("file_wrong", "bad")
        place = f"{each.file}:{each.line}:{each.column}"
        yield Finding(kind, level, each.key, {"place": place, "message": each.message, "file": each.file})  # type: ignore[arg-type]


def of_hub(hub: Hub) -> Iterator[Finding]:
    """What a running gateway says of itself, but for its stations, meters and the cloud."""
    if hub.fault is not None:
        kind = "hub_denied" if hub.denied else "hub_away"
        yield Finding(kind, "warm" if hub.denied else "bad", "edgegw", {"reason": hub.fault})
        return
    for name, service in hub.site.get("services", {}).items():
        if service["state"] in ("waiting", "degraded", "stopped"):
            if name == "configuration":
                yield Finding("last_good_in_force", "bad", name, {"reason": service["reason"]})
            elif name != "uplink":  # the broker has findings of its own
                level = "bad" if name in ("stations", "control") else "warm"
                yield Finding("service_down", level, name, {"service": name, "reason": service["reason"] or "?"})  # type: ignore[arg-type]
    journal = hub.site.get("journal", {})
    if journal.get("trouble"):
        yield Finding("ledger_refuses", "bad", "journal", {"reason": journal["trouble"]})
    for name in journal.get("set_aside", ()):
        yield Finding("ledger_set_aside", "warm", "journal", {"file": name})
    if hub.storage is not None and hub.storage.get("level") not in (None, "ample"):
        full = hub.storage["level"] == "full"
        yield Finding("storage_full" if full else "storage_pressed", "bad" if full else "warm", "storage")
    if hub.site.get("fallback"):
        yield Finding("fallback", "warm", "load", {"reason": hub.site["fallback"]})


def of_stations(hub: Hub) -> Iterator[Finding]:
    """What stations have that is not a hint, in the words of the page; and who knocks that no station is known by."""
    named = {str(station["id"]) for station in hub.stations}
    for station in hub.stations:
        for each in station["findings"]:
            if each["level"] != "hint":
                told = {"kind": each["kind"], "values": each["values"], "text": each["text"], "todo": each["todo"]}
                yield Finding("station", each["level"], str(station["id"]), told)
    for each in hub.knocks:
        if each["station"] not in named:
            who = each["station"] or each["address"]
            told = {"address": each["address"], "reason": each["text"], "count": each["count"], "at": each["last_at"]}
            yield Finding("knock", "warm", str(who), told)


def of_listeners(listeners: Iterable[Listener]) -> Iterator[Finding]:
    """Ports that can't be had. For a gateway that does not run: one that does holds its own."""
    for each in listeners:
        told = {"address": each.address, "port": each.port, "holder": each.holder or "?", "reason": each.fault}
        if each.fault is not None and each.holder is not None:
            yield Finding("port_taken", "bad", each.key, told)
        elif each.fault is not None:
            yield Finding("port_unusable", "bad", each.key, told)


def of_passed_sockets(passed: PassedSockets | None, listeners: Iterable[Listener]) -> Iterator[Finding]:
    """Stations' ports that the socket unit does not hold: over a restart of the gateway they refuse connections."""
    if passed is None or not passed.active:
        return
    for each in listeners:
        anywhere = {("0.0.0.0", each.port), ("::", each.port), ("[::]", each.port)}  # noqa: S104 (compared)
        covered = (each.address, each.port) in passed.places or anywhere & set(passed.places)
        if each.key.startswith("ocpp.listen") and not covered:
            yield Finding("socket_uncovered", "hint", each.key, {"address": each.address, "port": each.port})


def of_network(carriers: Sequence[str]) -> Iterator[Finding]:
    """`carriers`: the interfaces, but for the loopback, that have a link."""
    if not carriers:
        yield Finding("no_network", "bad", "network")


def of_clock(clock: MachineClock) -> Iterator[Finding]:
    """Whether the time can be believed, and whether it can after a power cut."""
    if clock.now < clock.built:
        yield Finding("clock_impossible", "bad", "clock", {"now": f"{clock.now:%Y-%m-%d %H:%M}"})
    elif not clock.vouched:
        yield Finding("clock_unsynced", "warm", "clock")
    if not clock.has_battery:
        yield Finding("clock_no_battery", "hint", "clock")


def of_disk(disk: Disk) -> Iterator[Finding]:
    """Room, the card's health and the ledger's."""
    told = {"folder": disk.folder, "free": _mib(disk.free_bytes), "device": disk.device or "?"}
    if disk.read_only:
        yield Finding("disk_read_only", "bad", disk.folder, told)
    if disk.damage is not None:
        yield Finding("ledger_damaged", "bad", disk.folder, told | {"reason": disk.damage})
    wants = max(0, disk.budget_bytes - disk.held_bytes)
    if disk.free_bytes < RESERVE_BYTES:
        yield Finding("disk_full", "bad", disk.folder, told)
    elif disk.free_bytes < wants + RESERVE_BYTES:
        yield Finding("disk_small", "warm", disk.folder, told | {"budget": _mib(disk.budget_bytes)})
    worn, spare = disk.worn or 0, disk.spare or 0
    if worn >= 11 or spare >= 3:
        yield Finding("card_worn_out", "bad", disk.device or disk.folder, told)
    elif worn >= WORN or spare == 2:
        used = f"{(worn - 1) * 10}-{worn * 10}" if worn else "80"
        yield Finding("card_worn", "warm", disk.device or disk.folder, told | {"used": used})


def _mib(count: int) -> str:
    return f"{count / 1024**2:,.0f} MiB"


def of_serial_ports(ports: Iterable[SerialPort]) -> Iterator[Finding]:
    for each in ports:
        told = {"path": each.path, "who": each.who, "group": each.group, "better": each.better}
        if not each.there:
            others = ", ".join(each.others) or "-"
            yield Finding("serial_absent", "bad", each.key, told | {"others": others})
        elif not each.may:
            yield Finding("serial_denied", "bad", each.key, told)
        if each.there and each.better is not None:
            yield Finding("serial_name", "hint", each.key, told)


def of_meters(reads: Iterable[MeterRead]) -> Iterator[Finding]:
    for each in reads:
        if each.fault is not None:
            yield Finding("meter_silent", "bad", each.meter, {"reason": each.fault, "read": each.command})


def of_certificates(certificates: Iterable[Certificate], now: datetime, *, believed: bool) -> Iterator[Finding]:
    """`believed`: the clock can tell what has expired."""
    for each in certificates:
        told = {"path": each.path, "reason": each.fault or each.key_fault}
        if each.fault is not None:
            yield Finding("certificate_unusable", "bad", each.key, told)
            continue
        if each.key_fault is not None:
            yield Finding("certificate_key", "bad", each.key, told)
        if each.disordered:
            yield Finding("certificate_chain", "warm", each.key, told)
        if each.expires_at is not None and believed and each.expires_at < now + EXPIRING:
            expired = each.expires_at < now
            told["at"] = f"{each.expires_at:%Y-%m-%d %H:%M}Z"
            kind = "certificate_expired" if expired else "certificate_expiring"
            yield Finding(kind, "bad" if expired else "warm", each.key, told)


def of_broker(broker: Broker | None) -> Iterator[Finding]:
    """Nothing of the cloud stops charging, so nothing here is `bad`; None where the file names no broker."""
    if broker is None:
        return
    oldest = "-" if broker.oldest_s is None else f"{broker.oldest_s / 60:.0f} min"
    told = {"url": broker.url, "reason": broker.trouble, "waiting": broker.waiting, "oldest": oldest}
    if broker.trouble is not None:
        yield Finding("broker_away", "warm", "uplink", told)
        return
    if broker.patience_s is not None and broker.returned_s is None:
        yield Finding("watermark_missing", "warm", "uplink", told | {"patience": f"{broker.patience_s:.0f}"})
    elif broker.waiting and (broker.oldest_s or 0.0) > LATE_S:
        yield Finding("watermark_late", "warm", "uplink", told)
    if broker.parked:
        yield Finding("events_parked", "warm", "uplink", told | {"parked": broker.parked})


def of_credentials(missing: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """`missing`: (key, name) of each secret that the file names and nobody has stored."""
    for key, name in missing:
        yield Finding("credential_missing", "warm", key, {"name": name})


def of_vault(fault: str | None) -> Iterator[Finding]:
    """`fault`: why what the file wants of Vault can't be had."""
    if fault is not None:
        yield Finding("vault_away", "warm", "secrets.vault", {"reason": fault})


def of_voice(parts: Iterable[VoicePart]) -> Iterator[Finding]:
    """EVA's own check; the kiosk's screen goes on without her."""
    for each in parts:
        if not each.good:
            yield Finding("voice", "warm", f"voice {each.part}", {"part": each.part, "reason": each.text})
