"""Who may be the kiosk's screen, and what guessing brings."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edgegw.web.kiosk.pairing import CODE_S, MOST, TRIES, CodeRefused, Pairing
from edgegw.web.kiosk.trials import FIRST_S, FORGET_S, FREE, LONGEST_S, Trials
from tests.support.clock import FakeClock


def a_pairing(folder: Path, clock: FakeClock) -> Pairing:
    return Pairing(folder / "kiosk-browsers.json", now=clock.now, monotonic=clock.monotonic)


def test_a_browser_is_known_by_its_cookie_also_after_a_restart_and_the_file_does_not_hold_it(tmp_path: Path) -> None:
    clock = FakeClock()
    pairing = a_pairing(tmp_path, clock)
    code = pairing.code()
    cookie = pairing.pair(f" {code[:4]} {code[4:]}\n")
    browser = pairing.browser(cookie)
    assert browser is not None
    assert pairing.browser(cookie[:-1]) is pairing.browser("") is pairing.browser(None) is None
    path = tmp_path / "kiosk-browsers.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cookie not in path.read_text()
    again = a_pairing(tmp_path, clock)
    assert again.browser(cookie) == browser
    assert again.unpair(browser)
    assert not again.unpair(browser)
    assert again.browser(cookie) is None
    assert a_pairing(tmp_path, clock).browsers() == []


def test_a_code_pairs_once_within_its_time_and_gives_way_to_a_newer_one(tmp_path: Path) -> None:
    clock = FakeClock()
    pairing = a_pairing(tmp_path, clock)
    for spoil in ("used", "late", "newer"):
        code = pairing.code()
        if spoil == "used":
            pairing.pair(code)
        elif spoil == "late":
            clock.advance(CODE_S)
        else:
            pairing.code()
        with pytest.raises(CodeRefused, match="edgegw kiosk pair"):
            pairing.pair(code)
    assert len(pairing.browsers()) == 1


def test_without_a_code_nothing_pairs(tmp_path: Path) -> None:
    with pytest.raises(CodeRefused):
        a_pairing(tmp_path, FakeClock()).pair("")


def test_a_code_is_void_after_some_wrong_tries_and_the_next_one_is_not(tmp_path: Path) -> None:
    pairing = a_pairing(tmp_path, FakeClock())
    code = pairing.code()
    for tries in (TRIES - 1, TRIES):
        for _ in range(tries):
            with pytest.raises(CodeRefused):
                pairing.pair("wrong")
        if tries == TRIES:
            with pytest.raises(CodeRefused):
                pairing.pair(code)
        else:
            pairing.pair(code)
        code = pairing.code()
    pairing.pair(code)


def test_no_more_browsers_than_a_site_has(tmp_path: Path) -> None:
    clock = FakeClock()
    pairing = a_pairing(tmp_path, clock)
    for _ in range(MOST):
        pairing.pair(pairing.code())
    with pytest.raises(CodeRefused, match="unpair"):
        pairing.pair(pairing.code())


def test_a_damaged_file_is_told_and_locks_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "kiosk-browsers.json").write_text("{")
    with pytest.raises(ValueError, match=r"kiosk-browsers\.json: the kiosk's browsers can't be read"):
        a_pairing(tmp_path, FakeClock())


def test_the_wait_grows_with_each_wrong_try_and_a_day_of_peace_ends_it() -> None:
    trials, now_s = Trials(), 1000.0
    waits = []
    for _ in range(14):
        trials.failed(now_s)
        waits.append(trials.wait_s(now_s))
        now_s += waits[-1]
        assert trials.wait_s(now_s) == 0
    assert waits[: FREE - 1] == [0, 0]
    assert waits[FREE - 1 : FREE + 2] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert waits[-1] == LONGEST_S
    assert trials.wait_s(now_s + FORGET_S) == 0
    trials.failed(now_s + FORGET_S)
    assert trials.wait_s(now_s + FORGET_S) == 0
