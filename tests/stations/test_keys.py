"""Passwords that the gateway made: the old and the new one side by side, until the new one is in use."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edgegw.stations.keys import MAX_ON_THE_WAY, Keys, new_password


@pytest.mark.parametrize(("version", "length"), [("1.6", 40), ("2.0.1", 32), ("2.1", 32)])
def test_a_new_password_is_as_the_version_takes_it(version: str, length: int) -> None:
    made = new_password(version)  # type: ignore[arg-type]
    assert len(made) == length
    assert made.isalnum()
    assert made != new_password(version)  # type: ignore[arg-type]
    if version == "1.6":
        assert len(bytes.fromhex(made)) == 20


def test_both_are_taken_until_the_station_has_shown_the_new_one(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    keys.propose("CP01", "new-password")
    assert keys.accepts("CP01", "old", b"old")
    assert keys.accepts("CP01", "old", b"new-password")
    assert not keys.is_confirmed("CP01")
    assert not keys.confirm("CP01", "old", b"old"), "the old one proves nothing"
    assert keys.confirm("CP01", "old", b"new-password")
    assert not keys.confirm("CP01", "old", b"new-password"), "it is not new any more"
    for each in (keys, Keys(tmp_path / "keys.json")):
        assert not each.accepts("CP01", "old", b"old")
        assert each.accepts("CP01", "old", b"new-password")
        assert each.is_confirmed("CP01")


def test_what_the_installer_puts_into_the_file_later_counts_again(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    keys.propose("CP01", "new-password")
    keys.confirm("CP01", "old", b"new-password")
    assert keys.accepts("CP01", "after-the-factory-reset", b"after-the-factory-reset")
    assert not keys.accepts("CP01", "old", b"old")


def test_a_password_that_the_station_refused_is_forgotten(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    keys.propose("CP01", "one")
    keys.propose("CP01", "two")
    keys.withdraw("CP01")
    assert keys.accepts("CP01", None, b"one"), "nobody knows whether the station took this"
    assert not keys.accepts("CP01", None, b"two")


def test_of_passwords_whose_answers_were_lost_the_newest_are_kept() -> None:
    keys = Keys()
    for number in range(MAX_ON_THE_WAY + 1):
        keys.propose("CP01", f"password-{number}")
    assert not keys.accepts("CP01", None, b"password-0")
    assert keys.accepts("CP01", None, b"password-1")
    keys.confirm("CP01", None, b"password-2")
    assert not keys.accepts("CP01", None, b"password-1")


def test_a_1_6_password_is_taken_as_hex_and_as_what_the_hex_stands_for() -> None:
    keys, password = Keys(), new_password("1.6")
    keys.propose("CP01", password)
    for form in (password.encode(), password.upper().encode(), bytes.fromhex(password)):
        assert keys.accepts("CP01", None, form)
    assert keys.confirm("CP01", None, bytes.fromhex(password))
    assert keys.accepts("CP01", None, password.encode())


def test_the_file_holds_no_password_and_is_for_the_gateway_alone(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    keys.propose("CP01", "a-very-secret-password")
    keys.confirm("CP01", "the-old-secret", b"a-very-secret-password")
    text = (tmp_path / "keys.json").read_text()
    assert "secret" not in text
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_nothing_is_taken_that_could_not_be_kept(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "no-such-folder" / "keys.json")
    with pytest.raises(OSError, match="No such file"):
        keys.propose("CP01", "new")
    assert not keys.accepts("CP01", None, b"new")


def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(ValueError, match="the stations' passwords can't be read"):
        Keys(tmp_path / "keys.json")
