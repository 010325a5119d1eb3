"""One path out of the installer's file for commands that must work while something else in it is wrong."""

from __future__ import annotations

from pathlib import Path

from edgegw.settings.document import read
from edgegw.settings.load import Invalid
from edgegw.settings.schema import StorageSettings
from edgegw.web.settings import WebSettings


def control_socket(file: Path) -> Path:
    """`web.control`: where the running gateway listens. Raises Invalid when the file can't be read."""
    return _path(file, "web", "control", WebSettings().control)


def storage_folder(file: Path) -> Path:
    """`storage.path`: where the ledger lies. Raises Invalid when the file can't be read."""
    return _path(file, "storage", "path", StorageSettings().path)


def site_text(file: Path, key: str) -> str | None:
    """`site.KEY` as it stands in the file, such as its id or time zone. Raises Invalid when the file can't be read."""
    return _text(file, "site", key)


def _path(file: Path, section: str, key: str, default: Path) -> Path:
    named = _text(file, section, key)
    return default if named is None else Path(named)


def _text(file: Path, section: str, key: str) -> str | None:
    document = read(file)
    if document.data is None:
        raise Invalid(document.findings)
    inner = document.data.get(section) if isinstance(document.data, dict) else None
    named = inner.get(key) if isinstance(inner, dict) else None
    return named if isinstance(named, str) else None
