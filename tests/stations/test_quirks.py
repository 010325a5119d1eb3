"""Station drivers: matched, put together, refused in words; and times of readings put right."""

from datetime import timedelta
from pathlib import Path

import pytest

from edgegw.cli import main
from edgegw.driverfiles import DriverError
from edgegw.model.samples import MeterSample
from edgegw.stations.codec import Tell
from edgegw.stations.quirkfiles import Families, load
from edgegw.stations.quirks import PLAIN, effects, put_together
from edgegw.stations.skew import StationClock
from edgegw.stations.timing import put_right
from tests.stations.doubles import NOW

HEAD = "title: Maker\nsources: ['where/it-is#1']\n"


def written(folder: Path, **files: str) -> Families:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(HEAD + text)
    return Families([folder])


def test_the_closest_match_counts_and_lists_add_up(tmp_path: Path) -> None:
    families = written(
        tmp_path,
        a_all='match: {vendor: ["Mak*"]}\ndoes: {pause_a: 1.0, max_stack_level: 3}\nnotes: [All of them.]\n',
        b_model='match: {vendor: ["Maker"], model: ["M?"]}\ndoes: {pause_a: 0.5}\n',
        c_firmware='match: {vendor: ["*"], model: ["*"], firmware: ["2.*"]}\ndoes: {pause_a: 0.1}\nnotes: [Old.]\n',
        d_other='match: {vendor: ["Other"]}\ndoes: {rate_unit: W}\n',
    )
    found = families.of(None, {"vendor": " MAKER ", "model": "m1", "firmware": "2.0"})
    assert [family.name for family in found] == ["c_firmware", "b_model", "a_all"]
    quirk = put_together(found, ["no_ampere"])
    assert effects(quirk) == {"pause_a": 0.1, "max_stack_level": 3, "rate_unit": "W"}
    assert quirk.notes == ("Old.", "All of them.")
    assert quirk.names == ("c_firmware", "b_model", "a_all", "no_ampere")
    assert put_together(families.of(None, {"vendor": "Nobody", "model": None, "firmware": None})) is PLAIN


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("match: {vendor: [X]}\ndoes: {pause_a: 6}\n", ":4: does.pause_a: 6 is greater than or equal to the maximum"),
        ("match: {vendor: [X]}\ndoes: {limit_a: 32}\n", ":4: does: Additional properties are not allowed"),
        ("match: {}\ndoes: {rate_unit: W}\n", ":3: match: {} has less than 1 property"),
        ("match: {vendor: [X]}\n", ":1: the file: "),
        ("match: {vendor: [X\n", ": not YAML"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(text: str, complaint: str, tmp_path: Path) -> None:
    families = written(tmp_path, wrong=text, good='match: {vendor: ["X"]}\ndoes: {rate_unit: W}\n')
    with pytest.raises(DriverError, match=r"wrong\.yaml") as found:
        load(tmp_path / "wrong.yaml")
    assert complaint in str(found.value)
    assert [each.name for each in families.of(None, {"vendor": "X"})] == ["good"]  # the others hold all the same


def test_drivers_of_both_kinds_are_listed_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers", "list"]) == 0
    listed = capsys.readouterr().out
    assert "eastron-sdm630" in listed
    assert "abb-terra-ac " in listed
    (tmp_path / "mine.yaml").write_text(HEAD + "match: {vendor: [X]}\ndoes: {pause_a: 7}\n")
    assert main(["drivers", "check", str(tmp_path / "mine.yaml")]) == 78
    assert "does.pause_a" in capsys.readouterr().err
    (tmp_path / "mine.yaml").write_text(HEAD + "match: {vendor: [X]}\ndoes: {pause_a: 1}\n")
    assert main(["drivers", "check", str(tmp_path / "mine.yaml")]) == 0
    assert capsys.readouterr().out.endswith("mine.yaml: Maker: pause_a\n")


def test_a_reading_of_a_clock_that_is_off_is_dated_as_it_was_taken() -> None:
    clock = StationClock(-10_800.0, NOW - timedelta(days=1))
    told = (
        MeterSample("stations/CP01/1", NOW - timedelta(seconds=10_860), {"power_w": 1.0}),
        MeterSample("stations/CP01/1", NOW - timedelta(seconds=10_800), {"power_w": 2.0}),
    )
    right = put_right(Tell({}, samples=told), {}, clock, NOW)
    assert [sample.at for sample in right.samples] == [NOW - timedelta(seconds=60), NOW]
    assert put_right(Tell({}, samples=told), {}, StationClock(), NOW).samples == told
