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


def _path(file: Path, section: str, key: str, default: Path) -> Path:
    document = read(file)
    if document.data is None:
        raise Invalid(document.findings)
    inner = document.data.get(section) if isinstance(document.data, dict) else None
    named = inner.get(key) if isinstance(inner, dict) else None
    return Path(named) if isinstance(named, str) else default
