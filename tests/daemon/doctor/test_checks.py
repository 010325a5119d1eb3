"""What is found in what a machine may show: each check, over values that this machine never has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.daemon.doctor import checks, machine
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

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BUILT = NOW - timedelta(days=30)
GIB = 1024**3


def kinds(found: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(each.kind, each.level) for each in found]


def disk(**other: Any) -> Disk:
    sound: dict[str, Any] = {
        "folder": "/var/lib/edgegw", "free_bytes": 8 * GIB, "held_bytes": 0, "budget_bytes": 2 * GIB,
        "read_only": False, "device": "mmcblk0",
    }  # fmt: skip
    return Disk(**(sound | other))


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({}, []),
        ({"read_only": True}, [("disk_read_only", "bad")]),
        ({"free_bytes": 10 * 1024**2}, [("disk_full", "bad")]),
        ({"free_bytes": GIB}, [("disk_small", "warm")]),
        ({"free_bytes": GIB, "held_bytes": 3 * GIB // 2}, []),
        ({"worn": 8}, []),
        ({"worn": 9}, [("card_worn", "warm")]),
        ({"worn": 11}, [("card_worn_out", "bad")]),
        ({"worn": 1, "spare": 2}, [("card_worn", "warm")]),
        ({"worn": 1, "spare": 3}, [("card_worn_out", "bad")]),
        ({"damage": "wrong # of entries in index"}, [("ledger_damaged", "bad")]),
    ],
)
def test_a_disk_is_told_by_its_room_its_card_and_its_ledger(seen: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert kinds(checks.of_disk(disk(**seen))) == found


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        (MachineClock(NOW, BUILT, vouched=True, has_battery=True), []),
        (MachineClock(NOW, BUILT, vouched=False, has_battery=True), [("clock_unsynced", "warm")]),
        (MachineClock(NOW, BUILT, vouched=True, has_battery=False), [("clock_no_battery", "hint")]),
        (
            MachineClock(datetime(1970, 1, 1, tzinfo=UTC), BUILT, vouched=False, has_battery=False),
            [("clock_impossible", "bad"), ("clock_no_battery", "hint")],
        ),
    ],
)
def test_a_clock_is_told_by_who_sets_it_and_what_keeps_it(clock: MachineClock, found: list[tuple[str, str]]) -> None:
    assert kinds(checks.of_clock(clock)) == found


def test_a_port_is_told_with_who_holds_it_where_that_can_be_seen() -> None:
    found = list(
        checks.of_listeners([
            Listener("ocpp.listen[0]", "0.0.0.0", 9000, "the port is in use", "nginx (pid 7)"),
            Listener("web.listen", "203.0.113.7", 8080, "Cannot assign requested address"),
            Listener("metrics.listen", "127.0.0.1", 9464),
        ])
    )  # fmt: skip
    assert kinds(found) == [("port_taken", "bad"), ("port_unusable", "bad")]
    assert found[0].values["holder"] == "nginx (pid 7)"


def test_a_stations_port_that_the_socket_unit_does_not_hold_is_told_when_the_unit_is_in_use() -> None:
    ports = [
        Listener("ocpp.listen[0]", "0.0.0.0", 9000), Listener("ocpp.listen[1]", "192.0.2.1", 9443),
        Listener("web.listen", "0.0.0.0", 8080),
    ]  # fmt: skip
    passed = PassedSockets(True, machine.places_of("0.0.0.0:9000 (Stream)\n[::]:9100 (Stream)\n/run/x (Stream)"))
    assert [each.subject for each in checks.of_passed_sockets(passed, ports)] == ["ocpp.listen[1]"]
    assert list(checks.of_passed_sockets(PassedSockets(False, passed.places), ports)) == []
    assert list(checks.of_passed_sockets(None, ports)) == []


def test_a_serial_port_is_told_absent_denied_or_by_a_name_that_moves() -> None:
    key, path = "meters[0].connection.serial", "/dev/ttyUSB0"
    assert kinds(checks.of_serial_ports([SerialPort(key, path, False, ["/dev/serial/by-id/a"])])) == [
        ("serial_absent", "bad")
    ]
    assert kinds(checks.of_serial_ports([SerialPort(key, path, True, may=False, who="edgegw", group="dialout")])) == [
        ("serial_denied", "bad")
    ]
    assert kinds(checks.of_serial_ports([SerialPort(key, path, True, better="/dev/serial/by-id/a")])) == [
        ("serial_name", "hint")
    ]
    assert kinds(checks.of_serial_ports([SerialPort(key, "/dev/serial/by-id/a", True)])) == []


def test_a_certificate_is_told_before_it_expires_and_not_by_a_clock_that_nobody_believes() -> None:
    def found(days: float, *, believed: bool = True, **other: Any) -> list[tuple[str, str]]:
        one = Certificate("uplink.tls.certificate", "/c", NOW + timedelta(days=days), **other)
        return kinds(checks.of_certificates([one], NOW, believed=believed))

    assert found(31) == []
    assert found(29) == [("certificate_expiring", "warm")]
    assert found(-1) == [("certificate_expired", "bad")]
    assert found(-1, believed=False) == []
    assert found(31, key_fault="x", disordered=True) == [("certificate_key", "bad"), ("certificate_chain", "warm")]
    assert found(-1, fault="No such file or directory") == [("certificate_unusable", "bad")]


def test_the_cloud_is_told_by_what_comes_back() -> None:
    def found(**other: Any) -> list[tuple[str, str]]:
        return kinds(checks.of_broker(Broker(**({"url": "mqtt://b:1883", "trouble": None} | other))))

    assert found(returned_s=0.1, patience_s=10.0) == []
    assert found() == []
    assert found(trouble="refused", waiting=5, oldest_s=900.0) == [("broker_away", "warm")]
    assert found(patience_s=10.0, waiting=1) == [("watermark_missing", "warm")]
    assert found(returned_s=0.1, patience_s=10.0, waiting=400, oldest_s=301.0) == [("watermark_late", "warm")]
    assert found(returned_s=0.1, patience_s=10.0, parked=2) == [("events_parked", "warm")]
    assert list(checks.of_broker(None)) == []


def test_a_gateway_is_told_by_its_services_its_ledger_and_its_file() -> None:
    def service(state: str, reason: str | None = None) -> dict[str, Any]:
        return {"state": state, "reason": reason, "restarts": 0}

    site = {
        "services": {
            "stations": service("running"), "web": service("degraded", "the port is in use"),
            "uplink": service("waiting", "refused"), "configuration": service("degraded", "e.yaml:1:1: x"),
        },
        "journal": {"trouble": "disk I/O error", "set_aside": ["journal.db.1"]}, "fallback": "the meter is stale",
    }  # fmt: skip
    assert kinds(checks.of_hub(Hub(site=site, storage={"level": "full"}))) == [
        ("service_down", "warm"), ("last_good_in_force", "bad"), ("ledger_refuses", "bad"),
        ("ledger_set_aside", "warm"), ("storage_full", "bad"), ("fallback", "warm"),
    ]  # fmt: skip
    assert kinds(checks.of_hub(Hub(fault="the gateway does not run"))) == [("hub_away", "bad")]
    assert kinds(checks.of_hub(Hub(fault="no permission", denied=True))) == [("hub_denied", "warm")]
    sound = {"services": {"stations": service("running")}, "journal": {"trouble": None, "set_aside": []}}
    assert kinds(checks.of_hub(Hub(site=sound, storage={"level": "ample"}))) == []


def test_stations_are_told_in_the_words_of_the_page_and_knocks_only_of_who_is_no_station() -> None:
    def finding(kind: str, level: str) -> dict[str, Any]:
        return {"kind": kind, "level": level, "text": "t", "todo": "d", "values": {}}

    def knock(station: str | None) -> dict[str, Any]:
        return {"station": station, "address": "10.0.0.9", "text": "why", "count": 2, "last_at": "2026-11-30T12:00:00Z"}

    hub = Hub(
        stations=[{"id": "CP01", "findings": [finding("never", "bad"), finding("tolerated", "hint")]}],
        knocks=[knock("CP01"), knock("CP7"), knock(None)],
    )
    assert [(each.kind, each.subject) for each in checks.of_stations(hub)] == [
        ("station", "CP01"), ("knock", "CP7"), ("knock", "10.0.0.9"),
    ]  # fmt: skip


def test_meters_vault_voice_and_network_are_told_when_they_fail() -> None:
    assert kinds(checks.of_meters([MeterRead("a", None), MeterRead("b", "no answer")])) == [("meter_silent", "bad")]
    assert kinds(checks.of_vault("sealed")) == [("vault_away", "warm")]
    assert kinds(checks.of_vault(None)) == []
    assert kinds(checks.of_voice([VoicePart("key", True, ""), VoicePart("model", False, "x")])) == [("voice", "warm")]
    assert kinds(checks.of_network([])) == [("no_network", "bad")]
    assert kinds(checks.of_network(["eth0"])) == []


def test_a_card_tells_its_life_in_sysfs(tmp_path: Path) -> None:
    card = tmp_path / "devices" / "mmc0"
    whole = card / "block" / "mmcblk0"
    part = whole / "mmcblk0p2"
    part.mkdir(parents=True)
    (part / "partition").write_text("2\n")
    (whole / "device").symlink_to(card)
    (card / "life_time").write_text("0x02 0x0b\n")
    (card / "pre_eol_info").write_text("0x01\n")
    numbers = tmp_path / "dev" / "block"
    numbers.mkdir(parents=True)
    (numbers / "179:2").symlink_to(part)
    device = (179 << 8) | 2
    assert machine.card(device, tmp_path) == ("mmcblk0", 11, 1)
    (card / "life_time").unlink()
    assert machine.card(device, tmp_path) == ("mmcblk0", None, 1)
    assert machine.card((8 << 8) | 1, tmp_path) == (None, None, None)


def test_a_link_is_told_by_its_carrier(tmp_path: Path) -> None:
    for name, carrier in (("lo", "1"), ("eth0", "0"), ("wlan0", "1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "carrier").write_text(f"{carrier}\n")
    assert machine.carriers(tmp_path) == ["wlan0"]
