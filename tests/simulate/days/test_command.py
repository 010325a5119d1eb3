"""`edgegw simulate site --days N`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgegw.simulate.cli import main

SITE = """
site: {id: here, name: Hub}
supply: {limit_a: 63, building_max_a: 10}
stations:
  - {id: A}
  - {id: B}
tariffs: {default: {energy_kwh: "0.40"}}
"""


def test_a_month_is_told_in_figures_and_as_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, page = tmp_path / "edgegw.yaml", tmp_path / "out.html"
    config.write_text(SITE)
    words = ["--days", "30", "-c", str(config), "--cap-kw", "20", "--strategy", "deadline", "--report", str(page)]
    assert main(["site", *words]) == 0
    told = capsys.readouterr().out
    assert told.startswith("30 days of 2 stations on 20 kW, deadline: ")
    assert " 0 As too much" in told
    assert "times as fast as time" in told
    assert "income" in page.read_text()


def test_cars_whose_drivers_tell_wait_for_cheap_periods_and_the_page_says_what_it_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, page = tmp_path / "edgegw.yaml", tmp_path / "out.html"
    night = 'periods: [{days: [mon, tue, wed, thu, fri, sat, sun], from: "20:00", to: "06:00", energy_kwh: "0.10"}]'
    config.write_text(SITE.replace('"0.40"}', f'"0.40", {night}}}'))
    words = ["--days", "14", "-c", str(config), "--cheap-hours", "--report", str(page)]
    assert main(["site", *words]) == 2
    assert "no driver tells a departure; say how many do with --told" in capsys.readouterr().err
    assert main(["site", *words, "--told", "0.9"]) == 0
    told = capsys.readouterr().out
    found = re.search(
        r"(\d+) of the (\d+) who told waited .*, (\d+) of them had less by it; together those who told "
        r"paid ([\d.]+) BRL instead of ([\d.]+)", told,
    )  # fmt: skip
    assert found is not None, told
    waited, all_told, late = (int(each) for each in found.groups()[:3])
    assert (0 < waited < all_told, late) == (True, 0)
    assert float(found[4]) < float(found[5])
    assert found[0] in page.read_text()
    assert re.search(r"<td>\d+<td>\d+:\d\d<td>", page.read_text()), "how long a car waited"
    config.write_text(SITE + "charging: {cheap_hours: true}\n")
    assert main(["site", *words, "--told", "0.9"]) == 2
    assert "no tariff has periods" in capsys.readouterr().err
    assert main(["site", *words[:4], "--told", "0.9"]) == 0
    assert "waited" not in capsys.readouterr().out


def test_what_can_not_be_used_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "edgegw.yaml"
    config.write_text(SITE.replace("limit_a", "limitt_a"))
    assert main(["site", "--days", "1", "-c", str(config)]) == 78
    assert "limitt_a" in capsys.readouterr().err
    assert main(["site", "--days", "1", "--sessions", str(tmp_path / "none.csv")]) == 78
    assert "none.csv" in capsys.readouterr().err
    config.write_text("site: {id: here}\nstations: [{id: A}]\n")
    assert main(["site", "--days", "1", "-c", str(config)]) == 78
    assert "--cap-kw" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--days", "0"], "days are a number from 1"),
        (["--days", "2", "--cap-kw", "0"], "it has to be more than 0"),
        (["--days", "2", "--cap-kw", "many"], "it is a number from 0"),
        (["--days", "2", "--told", "5"], "it is a number from 0 to 1"),
        (["--days", "2", "--building-max", "-2"], "it is a number from 0"),
    ],
)
def test_figures_that_can_not_be_are_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["site", *words])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_days_without_a_car_and_a_page_that_can_not_be_written_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions = tmp_path / "late.csv"
    sessions.write_text("arrival_step_5min,departure_step_5min,station,requested_kwh\n900,950,A,3.5\n")
    assert main(["site", "--days", "1", "--sessions", str(sessions)]) == 2
    assert "no car came" in capsys.readouterr().err
    assert main(["site", "--days", "3", "--report", str(tmp_path / "none" / "out.html")]) == 1
    assert "the report can't be written" in capsys.readouterr().err


def test_without_days_it_wants_to_know_where_to_connect(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["site"])
    assert ended.value.code == 2
    assert "--url is missing" in capsys.readouterr().err
