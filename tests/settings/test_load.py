"""What a sound file comes to, and what its installer should know of it."""

from __future__ import annotations

import shutil
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from edgegw.model.site import Circuit, Supply, Token
from edgegw.settings import Invalid, Settings, load
from edgegw.settings.credentials import MissingCredential, credential
from tests.settings.files import MINIMAL, SITE, complaints, written

SMALL = "site: {id: a}\nstations: [{id: A}]\n"


def test_the_example_site_is_good_and_its_warnings_are_missing_files_and_later_parts() -> None:
    warnings = load(SITE).warnings
    assert warnings
    assert all(finding.warning for finding in warnings)
    missing = [finding.key for finding in warnings if "does not exist" in finding.message]
    unstored = [finding.key for finding in warnings if "is not stored yet" in finding.message]
    later = [finding.key for finding in warnings if "comes with a later version" in finding.message]
    assert len(missing) + len(unstored) + len(later) == len(warnings)
    assert "ocpp.listen[1].tls.certificate" in missing
    assert unstored == ["stations[0].password", "uplink.password", "voice.gemini.api_key", "secrets.vault.token"]
    assert "web.users" in later


PHASES = """\
site: {id: a}
stations:
  - {id: A, circuit: row, evses: [{phases: [L1]}]}
  - {id: B, circuit: row, evses: [{phases: %s}]}
supply: {limit_a: 125, circuits: [{id: row, limit_a: %d}]}
meters: [%s]
"""
GRID = "{id: grid, measures: %s, driver: eastron-sdm630, unit: 1, connection: {host: 10.0.0.4}}"


@pytest.mark.parametrize(
    ("phases", "breaker_a", "meter", "text"),
    [
        ("[L2]", 63, GRID % "supply",
         "no meter measures row: phases that are wrong in the file overload its breaker unseen, until the meter of "
         "the supply has shown them; look at each station below it (A, B) with a car on one phase, or write "
         "`phases: auto`"),
        ("[L2]", 63, GRID % "building", "no meter measures row or what is above it: phases that are wrong in the file "
         "can't be noticed; look at each station below it (A, B) with a car on one phase, or write `phases: auto`"),
        ("[L2]", 63, GRID % "'circuit:row'", None),
        ("[L2]", 64, GRID % "supply", None),  # both could be on one phase
        ("auto", 63, GRID % "supply", None),
    ],
)  # fmt: skip
def test_where_phases_that_are_wrong_in_the_file_can_not_be_seen_a_warning_says_so(
    tmp_path: Path, phases: str, breaker_a: int, meter: str, text: str | None
) -> None:
    warnings = load(written(tmp_path, PHASES % (phases, breaker_a, meter))).warnings
    assert [(each.key, each.message) for each in warnings] == (
        [] if text is None else [("supply.circuits[0]", text)]
    )  # fmt: skip


def test_what_rests_on_a_meter_at_the_supply_is_told_without_one(tmp_path: Path) -> None:
    sun = "supply: {limit_a: 63, demand_limit_w: 20000}\ncharging: {solar_only: true}\n"
    meter = "meters: [{id: m, measures: supply, driver: eastron-sdm630, unit: 1, connection: {host: 10.0.0.1}}]\n"
    found = [finding.key for finding in load(written(tmp_path, SMALL + sun)).warnings]
    assert found == ["supply.demand_limit_w", "charging.solar_only"]
    assert load(written(tmp_path, SMALL + sun + meter)).warnings == []


def test_a_site_needs_no_more_than_a_name_and_stations() -> None:
    loaded = load(MINIMAL)
    assert loaded.warnings == []
    assert list(loaded.settings.site_model().stations) == ["CP01", "CP02"]


def test_the_example_site_is_read_as_it_stands_there() -> None:
    settings = load(SITE).settings
    site = settings.site_model()
    assert settings.storage.budget == 2 * 1024**3
    assert settings.storage.keep.facts == 400 * 86400
    assert site.heartbeat_s == 300
    assert site.supply == Supply(
        limit_a=125, phases=3, voltage_v=127, building_max_a=60, margin_a=2, fallback_a=None, demand_limit_w=70000,
        circuits=(Circuit("row-a", 63, "main"),),
    )  # fmt: skip
    day = site.tariffs["day"]
    assert (day.energy_kwh, day.session, day.idle_minute, day.idle_after_s) == (
        Decimal("1.89"), Decimal("2.00"), Decimal("0.50"), 600,
    )  # fmt: skip
    assert (day.periods[0].days, day.periods[0].start, day.periods[0].end) == ((0, 1, 2, 3, 4), time(18), time(21))
    two = site.stations["CP02"]
    assert [evse.phases for evse in two.evses] == [("L1", "L2"), ("L3",)]
    assert (two.evses[0].wiring, two.circuit, two.priority, two.reports_phases) == ("line", "row-a", 10, ("L1", "L2"))


def test_phases_may_be_left_to_be_learned(tmp_path: Path) -> None:
    text = (
        "site: {id: a}\n"
        "stations: [{id: A, evses: [{id: 1, phases: auto}, {id: 2, phases: auto, terminals: 1}, "
        "{id: 3, phases: auto, wiring: line}, {id: 4, phases: [L2]}]}]\n"
        "supply: {limit_a: 63}\n"
        "meters: [{id: m, measures: supply, driver: eastron-sdm630, connection: {host: 127.0.0.1}}]\n"
        "charging: {learn_phases: off}\n"
    )
    site = load(written(tmp_path, text)).settings.site_model()
    assert [(evse.phases, evse.auto) for evse in site.stations["A"].evses] == [
        (("L1", "L2", "L3"), True), (("L1",), True), (("L1", "L2"), True), (("L2",), False),
    ]  # fmt: skip
    assert site.learn_phases == "off"
    text = text.replace("learn_phases: off", "learn_phases: night")
    assert load(written(tmp_path, text)).settings.site_model().learn_phases == "night"


def test_midnight_may_be_written_as_24_00(tmp_path: Path) -> None:
    period = "{from: '22:00', to: '24:00', energy_kwh: '1'}"
    text = f"{SMALL}tariffs: {{default: {{energy_kwh: 1.89, periods: [{period}]}}}}\n"
    tariff = load(written(tmp_path, text)).settings.site_model().tariffs["default"]
    assert (tariff.energy_kwh, tariff.periods[0].end) == (Decimal("1.89"), time(0))


def test_a_price_list_of_the_file_may_have_a_revision(tmp_path: Path) -> None:
    text = f"{SMALL}tariffs: {{default: {{energy_kwh: 1.89, revision: 7}}, day: {{energy_kwh: 2}}}}\n"
    tariffs = load(written(tmp_path, text)).settings.site_model().tariffs
    assert {name: tariff.revision for name, tariff in tariffs.items()} == {"default": 7, "day": 0}


def test_durations_and_sizes_are_printed_as_they_would_stand_in_the_file() -> None:
    body = Settings.model_validate({"site": {"id": "a"}, "stations": []}).model_dump(mode="json", by_alias=True)
    assert body["ocpp"]["heartbeat"] == "5m"
    assert body["ocpp"]["call_timeout"] == "30s"
    assert body["storage"] == {
        "path": "/var/lib/edgegw", "budget": "2GiB", "keep": {"facts": "400d", "samples": "30d"}, "linger": "15s",
    }  # fmt: skip
    again = {name: value for name, value in body.items() if value is not None}
    assert Settings.model_validate(again).storage.keep.samples == 30 * 86400


# The list of cards


def cards(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "tokens.yaml").write_text(text)
    found = complaints(tmp_path, f"{SMALL}authorization: {{tokens: {tmp_path}/tokens.yaml}}\n")
    return [line.removeprefix(f"{tmp_path}/tokens.yaml:") for line in found]


def test_a_list_of_cards_is_read(tmp_path: Path) -> None:
    text = "C1: accepted\nC2: {status: blocked, group: fleet, language: en}\nC3: {}\n"
    (tmp_path / "tokens.yaml").write_text(text)
    loaded = load(written(tmp_path, f"{SMALL}authorization: {{tokens: {tmp_path}/tokens.yaml}}\n"))
    assert loaded.tokens == {
        "C1": Token("C1"), "C2": Token("C2", "blocked", "fleet", "en"), "C3": Token("C3"),
    }  # fmt: skip
    assert loaded.warnings == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[C1]\n", ["1:1: must be a mapping of id tokens to a status, one a line, such as 04A1B2C3: accepted"]),
        ("tokens: [{id: C1}]\n", ["1:1: tokens: the file names each token by itself, with no list: TOKEN: accepted"]),
        ("C1: accept\n", ["1:1: C1: 'accept' is not a status; allowed: accepted, blocked, expired, invalid"]),
        ("C1: {state: accepted}\n",
         ["1:6: C1.state: unknown key; did you mean status? allowed: group, language, status"]),
        ("C1: {group: 5}\n", ["1:6: C1.group: 5 is not text; put it in quotes"]),
        ("0123: accepted\n", ["1:1: [123]: the id token 123 must stand in quotes: a number loses its zeros"]),
        ("C1: [a\n", ["2:1: this is not YAML: expected ',' or ']', but got '<stream end>'"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_card_is_pointed_at_in_its_own_file(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert cards(tmp_path, text) == lines


# Credentials


@pytest.fixture
def no_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("EDGEGW_CREDENTIALS", raising=False)


def secret(folder: Path) -> str:
    text = "site: {id: a}\nstations: [{id: A, security_profile: 1, password: {credential: cp}}]\n"
    path = written(folder, text)
    password = load(path).settings.stations[0].password
    assert password is not None
    return credential(password, path)


@pytest.mark.usefixtures("no_folders")
def test_a_credential_is_found_beside_the_file_and_before_it_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder in (("beside", "credentials"), ("named", "named"), ("systemd", "systemd")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / ("edgegw_cp" if name == "systemd" else "cp")).write_text(f"{name}\n")
    assert secret(tmp_path) == "beside"
    monkeypatch.setenv("EDGEGW_CREDENTIALS", str(tmp_path / "named"))
    assert secret(tmp_path) == "named"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "systemd"))
    assert secret(tmp_path) == "systemd"
    shutil.rmtree(tmp_path / "systemd")
    assert secret(tmp_path) == "named"


@pytest.mark.usefixtures("no_folders")
def test_a_credential_that_is_missing_or_no_text_is_one_line_that_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(MissingCredential, match=f"cp is not stored; looked in {tmp_path}/credentials"):
        secret(tmp_path)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "cp").write_bytes(b"\xff\xfe")
    with pytest.raises(MissingCredential, match="cp is not UTF-8 text"):
        secret(tmp_path)


def test_every_pattern_of_the_file_has_words() -> None:
    from edgegw.settings import findings, schemas

    def patterns(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["pattern"]} if node.get("type") == "string" and "pattern" in node else set()
            return own.union(*(patterns(each) for each in node.values()))
        return set().union(*(patterns(each) for each in node)) if isinstance(node, list) else set()

    own_words = {pattern for pattern in patterns(schemas.settings()) if "examples" not in pattern}
    said_by_validators = {pattern for pattern in own_words if r"\d+(\.\d+)?\s*" in pattern or "24:00" in pattern}
    assert own_words - said_by_validators == set(findings._PATTERNS)


def test_a_broken_file_is_one_error_that_says_all(tmp_path: Path) -> None:
    path = written(tmp_path, "site: {id: A}\n")
    with pytest.raises(Invalid) as caught:
        load(path)
    assert str(caught.value).splitlines() == [
        f"{path}:1:1: stations: this key is missing",
        f"{path}:1:8: site.id: 'A' is not allowed; allowed: 1 to 48 of a-z, 0-9 and -",
    ]
