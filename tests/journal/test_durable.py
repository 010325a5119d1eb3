"""Small files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from edgegw.journal import durable


def test_a_file_takes_the_place_of_another_with_its_own_mode(tmp_path: Path) -> None:
    path = tmp_path / "key"
    durable.replace(path, b"old", 0o644)
    durable.replace(path, b"new", 0o600)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_made_takes_nobodys_place(tmp_path: Path) -> None:
    path = tmp_path / "key"
    durable.create(path, b"first", 0o600)
    durable.create(path, b"second", 0o600)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_takes_no_more_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    durable.replace(path, b"old", 0o600)

    def full(handle: int) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.replace(path, b"new", 0o600)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
