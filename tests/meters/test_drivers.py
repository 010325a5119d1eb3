from pathlib import Path

import pytest

from edgegw.meters.drivers import DriverCatalogue, DriverError, load

GOOD = """\
title: Test meter
tier: bronze
confidence: C
sources: [none]
links: [rtu]
function: 4
word_order: high_first
max_registers: 80
answer_ms: {max: 500}
points:
  - {quantity: voltage_l1_v, address: 0x0000, type: f32, unit: V, group: fast}
"""


def written(folder: Path, text: str, name: str = "meter.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_driver_of_the_site_goes_before_the_shipped_one(tmp_path: Path) -> None:
    site, shipped = tmp_path / "site", tmp_path / "shipped"
    for folder, title in ((site, "Corrected"), (shipped, "Shipped")):
        folder.mkdir()
        written(folder, GOOD.replace("Test meter", title))
    written(shipped, GOOD, "other.yaml")
    catalogue = DriverCatalogue([tmp_path / "missing", site, shipped])
    assert catalogue.names() == ["meter", "other"]
    assert catalogue.get("meter").title == "Corrected"
    assert catalogue.get("other").title == "Test meter"


def test_an_unknown_driver_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(DriverError, match="did you mean eastron-sdm630"):
        DriverCatalogue().get("eastron-sdm-630")


def test_a_driver_name_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    (tmp_path / "meters").mkdir()
    with pytest.raises(DriverError, match="there is no meter driver"):
        DriverCatalogue([tmp_path / "meters"]).get("../meter")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("word_order: high_first", "word_order: little", r"meter\.yaml:7: word_order: .*high_first"),
        ("address: 0x0000", "adress: 0x0000", r"meter\.yaml:11: points\[0\]: .*adress"),
        ("quantity: voltage_l1_v", "quantity: volts", r"meter\.yaml:11: points\[0\]\.quantity: .*volts"),
        ("max_registers: 80", "max_registers: 8000", r"meter\.yaml:8: max_registers: .*8000"),
        ("function: 4", "function: [", r"meter\.yaml:\d+: not YAML"),
        (GOOD, "- just\n- a list\n", r"meter\.yaml:1: the file: "),
        ("answer_ms", "barriers: [1]\nanswer_ms", r"meter\.yaml: points: voltage_l1_v: no read"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_driver_is_named_with_its_line_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(DriverError, match=message):
        load(path)


def test_all_errors_of_a_driver_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("tier: bronze", "tier: tin").replace("type: f32", "type: float")
    with pytest.raises(DriverError) as caught:
        load(written(tmp_path, text))
    assert len(str(caught.value).splitlines()) == 2


def test_a_quantity_stands_in_a_driver_once(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"meter\.yaml:12: points\[1\]\.quantity: 'voltage_l1_v' stands here twice"):
        load(written(tmp_path, GOOD + GOOD.splitlines(keepends=True)[-1]))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"nothing\.yaml: cannot be read"):
        load(tmp_path / "nothing.yaml")
