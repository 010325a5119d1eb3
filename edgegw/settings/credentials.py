"""Secrets by name: files in the directory that systemd gives the unit, in EDGEGW_CREDENTIALS, or beside the file."""

from __future__ import annotations

import os
from pathlib import Path

from edgegw.scalars import Credential


class MissingCredential(Exception):
    """A credential that the configuration names is not stored; the text says where it was looked for."""


def _folders(file: Path) -> list[Path]:
    named = [os.environ.get("CREDENTIALS_DIRECTORY"), os.environ.get("EDGEGW_CREDENTIALS")]
    return [Path(folder) for folder in named if folder] + [file.resolve().parent / "credentials"]


def credential_path(name: str, file: Path) -> Path | None:
    """The file that holds the credential, None when there is none. `file` is the configuration that names it.

    systemd hands a directory of credentials over as `edgegw_NAME` (LoadCredential=edgegw:/etc/edgegw/credentials).
    """
    for folder in _folders(file):
        for candidate in (folder / name, folder / f"edgegw_{name}"):
            if candidate.is_file():
                return candidate
    return None


def credential(wanted: Credential, file: Path) -> str:
    """The secret itself, without the newline at its end. Raises MissingCredential."""
    path = credential_path(wanted.credential, file)
    if path is None:
        folders = ", ".join(str(folder) for folder in _folders(file))
        raise MissingCredential(f"the credential {wanted.credential} is not stored; looked in {folders}")
    return path.read_text(encoding="utf-8").rstrip("\r\n")
