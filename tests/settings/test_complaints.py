"""Everything that can be wrong with a file, and the very line that its installer reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.settings import Invalid, load
from tests.settings.files import complaints

SITE = "site: {id: a}\n"
STATIONS = "stations: [{id: A}]\n"
SOUND = SITE + STATIONS

UNKNOWN_IN_STATION = (
    "allowed: circuit, evses, id, name, password, priority, provision, quirks, reports_phases, security_profile, tariff"
)


def test_a_sound_file_draws_no_complaint(tmp_path: Path) -> None:
    assert complaints(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("site: {id: a\nstations: []\n", ["2:9: this is not YAML: expected ',' or '}', but got ':'"]),
        ("site:\n\tid: a\n", ["2:1: this is not YAML: found character '\\t' that cannot start any token"]),
        ("site: \x01\n", ["1:7: this is not YAML: the character #x0001 is not allowed"]),
        (SOUND + "---\nsite: {id: b}\n", ["3:1: this is not YAML: found another document"]),
        ("site: {id: *x}\n", ["1:12: this is not YAML: found undefined alias 'x'"]),
        ("a: &a [*a]\n", ["1:4: nested deeper than 50 levels"]),
        ("site: !!python/object:os.system {}\n", ["1:7: tags are not used here; write the plain value"]),
        ("site: {id: !thing x}\n", ["1:12: tags are not used here; write the plain value"]),
        ("site: {id: !!int ''}\n", ["1:12: '' does not fit its tag; write the plain value"]),
        ("site: {id: !!int x}\n", ["1:12: 'x' does not fit its tag; write the plain value"]),
        (
            "a: &a {b: 1}\nsite: {<<: *a}\n",
            ["2:8: << is not used here; write the keys out, or give the whole value an alias"],
        ),
        ("site: {? [a] : b}\n", ["1:10: a key is a single word"]),
        ("[]\n", ["1:1: must be a mapping of keys"]),
        ("", ["1:1: site: this key is missing", "1:1: stations: this key is missing"]),
        (SOUND + "site: {id: b}\n", ["3:1: site: this key stands here a second time (first in line 1); keep one"]),
    ],
)
def test_what_is_no_yaml_or_no_mapping_of_sections_is_pointed_at(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert complaints(tmp_path, text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (SITE + "stations: [{id: A, passwords: x}]\n",
         [f"2:20: stations[0].passwords: unknown key; did you mean password? {UNKNOWN_IN_STATION}"]),
        (SITE + "stations: [{id: A, zzz: x}]\n", [f"2:20: stations[0].zzz: unknown key; {UNKNOWN_IN_STATION}"]),
        ("site: {id: a, 3: 4}\n" + STATIONS, ["1:15: site[3]: a key must be text; put it in quotes"]),
        ("site: {name: a}\n" + STATIONS, ["1:1: site.id: this key is missing"]),
        (SITE + "stations: [{name: A}]\n", ["2:12: stations[0].id: this key is missing"]),
        ("site: a\n" + STATIONS, ["1:1: site: must be a mapping of keys"]),
        (SITE + "stations: {A: 1}\n", ["2:1: stations: must be a list"]),
        (SITE + "stations: [A]\n", ["2:12: stations[0]: must be a mapping of keys"]),
        ("site: {id: A}\n" + STATIONS, ["1:8: site.id: 'A' is not allowed; allowed: 1 to 48 of a-z, 0-9 and -"]),
        ("site: {id: 5}\n" + STATIONS, ["1:8: site.id: 5 is not text; put it in quotes"]),
        ("site: {id: }\n" + STATIONS, ["1:8: site.id: nothing is not text"]),
        ("site: {id: a, name: {b: c}}\n" + STATIONS, ["1:15: site.name: a mapping is not text"]),
        ("site: {id: a, name: on, locale: fr}\n" + STATIONS,
         ["1:25: site.locale: 'fr' is not allowed; allowed: pt-BR, en, es"]),
        ("site: {id: a, name: true}\n" + STATIONS, ["1:15: site.name: true is not text; put it in quotes"]),
        (SOUND + "ocpp: {listen: [{port: 9000.5}]}\n", ["3:18: ocpp.listen[0].port: 9000.5 is not a whole number"]),
        (SOUND + "ocpp: {listen: [{port: x}]}\n", ["3:18: ocpp.listen[0].port: 'x' is not a whole number"]),
        (SOUND + "ocpp: {listen: [{port: 65536}]}\n",
         ["3:18: ocpp.listen[0].port: 65536 is out of range; it must be at most 65535"]),
        (SOUND + "supply: {limit_a: 0}\n", ["3:10: supply.limit_a: 0 is out of range; it must be above 0"]),
        (SOUND + "supply: {limit_a: .inf}\n",
         ["3:10: supply.limit_a: inf is out of range; it must be at most 10000"]),
        (SOUND + "supply: {limit_a: .nan}\n", ["3:10: supply.limit_a: nan is not a number"]),
        (SOUND + "supply: {limit_a: 63, fallback_a: some}\n",
         ["3:23: supply.fallback_a: 'some' is not a number; also allowed: auto"]),
        (SOUND + "ocpp: {heartbeat: 300}\n",
         ["3:8: ocpp.heartbeat: 300: must be a duration with its unit, such as 15s, 5m, 2h or 30d"]),
        (SOUND + "storage: {linger: 20s}\n",
         ["3:11: storage.linger: '20s' is out of range; it must be at most 15s"]),
        (SOUND + "storage: {budget: 2GB}\n",
         ["3:11: storage.budget: '2GB': must be a size with its unit, such as 32KiB, 500MiB or 2GiB"]),
        (SOUND + "storage: {budget: 1MiB}\n",
         ["3:11: storage.budget: '1MiB' is out of range; it must be at least 16MiB"]),
        (SOUND + "charging: {solar_only: perhaps}\n",
         ["3:12: charging.solar_only: 'perhaps' is not allowed; allowed: true, false"]),
        (SOUND + "tariffs: {default: {energy_kwh: cheap}}\n",
         ["3:21: tariffs.default.energy_kwh: 'cheap' is not an amount such as \"1.89\""]),
        (SOUND + "tariffs: {default: {energy_kwh: '-1'}}\n",
         ["3:21: tariffs.default.energy_kwh: '-1' is out of range; it must be at least 0"]),
        (SOUND + "tariffs: {default: {energy_kwh: '1', periods: [{from: '25:00', to: '21:00', energy_kwh: '2'}]}}\n",
         ["3:49: tariffs.default.periods[0].from: '25:00' is not a time of day such as \"18:00\""]),
        (SOUND + "web: {listen: 8080}\n", ["3:7: web.listen: 8080 is not text; put it in quotes"]),
        (SOUND + "web: {listen: ':80'}\n",
         ["3:7: web.listen: ':80' is not allowed; allowed: address:port, such as 0.0.0.0:8080"]),
        (SITE + "stations: [{id: A, evses: [{phases: []}]}]\n",
         ["2:29: stations[0].evses[0].phases: needs at least 1; also allowed: auto"]),
        (SITE + "stations: [{id: A, evses: [{phases: [L1, L2, L3, L1]}]}]\n",
         ["2:29: stations[0].evses[0].phases: takes at most 3; also allowed: auto"]),
    ],
)  # fmt: skip
def test_a_value_that_a_key_does_not_take_is_shown_with_what_it_takes(
    tmp_path: Path, text: str, lines: list[str]
) -> None:
    assert complaints(tmp_path, text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (SITE + "stations: [{id: A}, {id: A}]\n", ["2:22: stations[1].id: A is taken by another one of this list"]),
        (SITE + "stations: [{id: A, evses: [{id: 1}, {id: 1}]}]\n",
         ["2:38: stations[0].evses[1].id: 1 is taken by another one of this list"]),
        (SITE + "stations: [{id: A, evses: []}]\n",
         ["2:20: stations[0].evses: needs at least one EVSE; leave the key out for one of 32 A"]),
        (SITE + "stations: [{id: A, evses: [{phases: [L1, L1]}]}]\n",
         ["2:29: stations[0].evses[0].phases: a phase stands here twice"]),
        (SITE + "stations: [{id: A, evses: [{phases: [L1], wiring: line}]}]\n",
         ["2:29: stations[0].evses[0].phases: wiring: line is one load between two phases; name the two"]),
        (SITE + "stations: [{id: A, evses: [{phases: auto}]}]\nsupply: {limit_a: 63}\n",
         ["2:29: stations[0].evses[0].phases: auto needs a meter of the supply or a circuit above; name the phases"]),
        (SITE + "stations: [{id: A, evses: [{phases: auto}]}]\nsupply: {limit_a: 63, phases: 1}\n",
         ["2:29: stations[0].evses[0].phases: the supply has one phase, L1; name it"]),
        (SITE + "stations: [{id: A, reports_phases: [L1], evses: [{phases: auto}]}]\nsupply: {limit_a: 63}\n",
         ["2:51: stations[0].evses[0].phases: auto learns what the station reports; leave reports_phases out"]),
        (SITE + "stations: [{id: A, evses: [{phases: [L1], terminals: 1}]}]\n",
         ["2:43: stations[0].evses[0].terminals: it counts with phases: auto; leave it out"]),
        (SOUND + "supply: {limit_a: 63, phases: 1}\n",
         ["2:12: stations[0].evses[0].phases: the supply has one phase, L1"]),
        (SOUND + "ocpp: {upstream: {url: 'ws://csms.example/ocpp'}}\n",
         ["3:19: ocpp.upstream.url: needs {station} once, where the station's id goes, such as "
          "wss://csms.example.com/ocpp/{station}"]),
        (SOUND + "ocpp: {upstream: {url: 'https://csms.example/{station}'}}\n",
         ["3:19: ocpp.upstream.url: must be a URL such as wss://csms.example.com/ocpp/{station}"]),
        (SOUND + "ocpp: {upstream: {url: 'wss://me:secret@csms.example/{station}'}}\n",
         ["3:19: ocpp.upstream.url: no password stands here; use password: {credential: NAME}"]),
        (SOUND + "ocpp: {upstream: {url: 'ws://csms.example/{station}', password: {credential: x}, tls: {}}}\n",
         ["3:19: ocpp.upstream.url: ws:// shows the passwords to everybody on the way; use wss://, or leave them out",
          "3:82: ocpp.upstream.tls: goes with wss:// alone"]),
        (SOUND + "ocpp: {upstream: {url: 'wss://c.example/{station}', stations: [B], tls: {key: k.pem}}}\n",
         ["3:64: ocpp.upstream.stations[0]: there is no station 'B'; allowed: A",
          "3:68: ocpp.upstream.tls: certificate and key go together"]),
        (SOUND + "ocpp: {upstream: {url: 'wss://c.example/{station}', passwords: {B: {credential: x}}}}\n",
         ["3:65: ocpp.upstream.passwords.B: there is no station 'B'; allowed: A"]),
        (SOUND + "ocpp: {upstream: {url: 'wss://c.example/{station}', authority: cloud}}\n",
         ["3:53: ocpp.upstream.authority: 'cloud' is not allowed; allowed: local, upstream"]),
        (SOUND + "ocpp: {upstream: {url: 'wss://c.example/{station}', authority: {start: allow, resets: local}}}\n",
         ["3:65: ocpp.upstream.authority.start: 'allow' is not allowed; allowed: local, upstream",
          "3:79: ocpp.upstream.authority.resets: 'local' is not allowed; allowed: allow, refuse"]),
        (SITE + "stations: [{id: A, circuit: rw-a}]\nsupply: {limit_a: 63, circuits: [{id: row-a, limit_a: 32}]}\n",
         ["2:20: stations[0].circuit: there is no circuit 'rw-a'; did you mean row-a? allowed: main, row-a"]),
        (SITE + "stations: [{id: A, tariff: nigt}]\ntariffs: {night: {energy_kwh: '1'}}\n",
         ["2:20: stations[0].tariff: there is no tariff 'nigt'; did you mean night? allowed: default, night"]),
        (SITE + "stations: [{id: A, security_profile: 1}]\n",
         ["2:20: stations[0].security_profile: security profile 1 needs a password: {credential: NAME}"]),
        (SITE + "stations: [{id: A, security_profile: 3}]\n",
         ["2:20: stations[0].security_profile: security profile 3 needs a listener with tls in ocpp.listen"]),
        ("site: {id: a, timezone: Mars/Base}\n" + STATIONS,
         ["1:15: site.timezone: 'Mars/Base' is not known here; allowed: a name such as America/Sao_Paulo; "
          "if this one is right, install the package tzdata"]),
        (SOUND + "supply: {limit_a: 63, circuits: [{id: main, limit_a: 3}]}\n",
         ["3:35: supply.circuits[0].id: main names the supply itself; choose another name"]),
        (SOUND + "supply: {limit_a: 63, circuits: [{id: a, limit_a: 3, parent: b}]}\n",
         ["3:54: supply.circuits[0].parent: there is no circuit 'b'; allowed: a, main"]),
        (SOUND + "supply: {limit_a: 63, circuits: [{id: a, limit_a: 3, parent: a}]}\n",
         ["3:54: supply.circuits[0].parent: this feeder hangs on itself in the end"]),
        (SOUND + "meters: [{id: m, measures: supply, driver: eastron-sdm36, connection: {host: h}}]\n",
         ["3:36: meters[0].driver: there is no meter driver 'eastron-sdm36'; did you mean eastron-sdm630 or "
          "eastron-sdm230 or eastron-sdm220? edgegw drivers list shows them"]),
        (SOUND + "meters: [{id: m, measures: 'station:B', driver: eastron-sdm630, connection: {host: h}}]\n",
         ["3:18: meters[0].measures: there is no station 'B'; allowed: A"]),
        (SOUND + "meters: [{id: m, measures: power, driver: eastron-sdm630, connection: {host: h}}]\n",
         ["3:18: meters[0].measures: 'power' is not allowed; "
          "allowed: supply, building, solar, battery, circuit:ID, station:ID"]),
        (SOUND + "meters: [{id: m, measures: supply, driver: eastron-sdm630, connection: 5}]\n",
         ["3:60: meters[0].connection: must be a mapping of keys"]),
        (SOUND + "meters: [{id: m, measures: supply, driver: eastron-sdm630, connection: {host: h, serial: /dev/x}}]\n",
         ["3:73: meters[0].connection.host: unknown key; allowed: baud, parity, serial, stop_bits"]),
        (SOUND + "meters: [{id: m, measures: supply, driver: eastron-sdm630, connection: {host: h}},\n"
         "  {id: n, measures: supply, driver: eastron-sdm630, connection: {host: h}}]\n",
         ["3:18: meters[0].measures: only one meter can measure the supply",
          "4:3: meters[1].unit: unit 1 on h:502 is the meter m already",
          "4:11: meters[1].measures: only one meter can measure the supply"]),
        (SOUND + "ocpp: {listen: []}\n", ["3:8: ocpp.listen: needs at least one listener, or no station can connect"]),
        (SOUND + "web: {listen: '127.0.0.1:9000'}\n", ["3:7: web.listen: port 9000 is taken by ocpp.listen.port"]),
        (SOUND + f"web: {{control: /{'x' * 120}}}\n",
         ["3:7: web.control: the path has 121 bytes; a socket's path has at most 107"]),
        (SOUND + "web: {listen: 'h:99999'}\n", ["3:7: web.listen: 99999 is no port; allowed: 0 to 65535"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_where_it_can_be_mended(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert complaints(tmp_path, text) == lines


def test_a_fallback_that_does_not_fit_the_breaker_is_an_error(tmp_path: Path) -> None:
    text = SITE + "stations: [{id: A}, {id: B}, {id: C}]\nsupply: {limit_a: 20, fallback_a: 16}\n"
    lines = complaints(tmp_path, text)
    assert [line.split(", which")[0] for line in lines] == [
        f"3:23: supply.fallback_a: 16 A for each EVSE is 48 A on {phase} of main" for phase in ("L1", "L2", "L3")
    ]


def test_a_station_of_watts_alone_is_counted_three_times_by_its_named_quirks(tmp_path: Path) -> None:
    text = SITE + "stations: [{id: A%s}, {id: B}]\nsupply: {limit_a: 30, fallback_a: 8}\n"
    assert "A for each EVSE" not in str(complaints(tmp_path, text % ""))
    lines = complaints(tmp_path, text % ", quirks: huawei-scharger")
    assert [line.split(", which")[0] for line in lines] == [
        f"3:23: supply.fallback_a: 8 A for each EVSE is 32 A on {phase} of main" for phase in ("L1", "L2", "L3")
    ]
    assert "A may draw all on one phase" in lines[0]


def test_every_error_is_told_at_once_also_beside_keys_that_are_wrong_in_themselves(tmp_path: Path) -> None:
    text = """\
site: {id: a, timezone: Mars/Base, location: {latitude: 100}}
stations:
  - {id: A, evses: [{phases: [L1, L1]}]}
  - {id: A, tariff: nigt, cicuit: row-a}
ocpp: {heartbeat: 5}
"""
    keys = [line.split(": ")[1] for line in complaints(tmp_path, text)]
    assert keys == [
        "site.timezone", "site.location.longitude", "site.location.latitude", "stations[0].evses[0].phases",
        "stations[1].id", "stations[1].tariff", "stations[1].cicuit", "ocpp.heartbeat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (SITE + "stations: [{id: A, passwords: {credential: x}, security_profile: 1}]\n", "stations[0].passwords"),
        (SITE + "stations: [{id: A, circuit: b}]\nsupply: {limit_a: 9, circuit: [{id: b}]}\n", "supply.circuit"),
        (SITE + "stations: [{id: A, security_profile: 3}]\nocpp: {listen: [{tsl: {}}]}\n", "ocpp.listen[0].tsl"),
        (SITE + "stations: [{id: A, tariff: n}]\ntariffs: {n: 5}\n", "tariffs.n"),
    ],
)
def test_what_only_follows_from_another_error_is_not_told(tmp_path: Path, text: str, key: str) -> None:
    assert [line.split(": ")[1] for line in complaints(tmp_path, text)] == [key]


def test_a_long_value_is_not_repeated_in_full(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, f"site: {{id: {'A' * 5000}}}\n{STATIONS}")
    assert len(line) < 200


def test_an_alias_stands_for_its_value_and_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    text = SITE + "stations:\n  - {id: A, evses: &two [{id: 1}, {id: 2}]}\n  - {id: B, evses: *two}\n"
    assert complaints(tmp_path, text) == []
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    (line,) = complaints(tmp_path, f"a0: &a0 [x, x]\n{bomb}")
    assert "more than 100000 values" in line


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"none\.yaml:1:1: there is no such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(Invalid, match="the file can't be read: Is a directory"):
        load(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("site: {name: São}".encode("latin-1"))
    with pytest.raises(Invalid, match="it is not UTF-8 text"):
        load(tmp_path / "latin.yaml")


def meter_of(driver: str, more: str = "") -> str:
    return f"{SOUND}meters: [{{id: m, measures: supply, driver: {driver}, connection: {{host: h}}}}]\n{more}"


def test_a_meters_driver_may_be_named_by_its_alias(tmp_path: Path) -> None:
    assert complaints(tmp_path, meter_of("siemens-pac2200")) == []


def test_a_meter_whose_map_nobody_has_verified_is_a_warning(tmp_path: Path) -> None:
    assert complaints(tmp_path, meter_of("phoenix-eem-ma370")) == [
        "3:36: warning: meters[0].driver: nobody has verified this map: try the meter with "
        "`edgegw drivers read phoenix-eem-ma370`"
    ]


def test_a_meter_that_load_management_cannot_use_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    for driver, supply, lacking in [
        ("eastron-sdm72d-m", "supply: {limit_a: 63}\n", "L1, L2, L3"),
        ("eastron-sdm120", "supply: {limit_a: 63}\n", "L2, L3"),
        ("eastron-sdm120", "supply: {limit_a: 63, phases: 1}\n", None),
        ("sunspec-meter", "supply: {limit_a: 63}\n", None),
        ("eastron-sdm72d-m", "", None),
    ]:
        path.write_text(meter_of(driver, supply).replace("[{id: A}]", "[{id: A, evses: [{id: 1, phases: [L1]}]}]"))
        told = [warning.message for warning in load(path).warnings if "amperes" in warning.message]
        assert len(told) == (lacking is not None)
        assert all(f"has no amperes of {lacking}: the stations get their fallback only" in text for text in told)


ACME = """
title: Acme P1
tier: bronze
confidence: B
sources: ["Acme, P1 protocol 1.2"]
links: [rtu]
function: 4
word_order: high_first
max_registers: 60
answer_ms: {max: 500}
points:
  - {quantity: voltage_l1_v, address: 0, type: f32, unit: V, group: fast}
  - {quantity: current_l1_a, address: 2, type: f32, unit: A, group: fast}
  - {quantity: import_wh, address: 4, type: f32, unit: kWh, group: slow}
"""


def test_a_meter_that_cannot_be_turned_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.driverfiles.SITE_DRIVERS", tmp_path)
    (tmp_path / "meters").mkdir()
    (tmp_path / "meters" / "acme.yaml").write_text(ACME)
    for driver, lacking in [("acme, invert: true", True), ("acme", False), ("eastron-sdm630, invert: true", False)]:
        told = [text for text in complaints(tmp_path, meter_of(driver)) if "invert" in text]
        assert told == ["3:50: warning: meters[0].invert: Acme P1 has no watts of L1, no counter of export to turn: "
                        "turn its current transformers instead"] * lacking  # fmt: skip
