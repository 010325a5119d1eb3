"""Secrets by name: files in the directory that systemd gives the unit, in EDGEGW_CREDENTIALS, or beside the file."""

from __future__ import annotations

import os
from pathlib import Path

from edgegw.scalars import Credential


class MissingCredential(ValueError):
    """A credential that the configuration names is not stored, or can't be read; the text says where and why."""


def _folders(file: Path) -> list[Path]:
    named = [os.environ.get("CREDENTIALS_DIRECTORY"), os.environ.get("EDGEGW_CREDENTIALS")]
    return [Path(folder) for folder in named if folder] + [file.resolve().parent / "credentials"]


def searched(file: Path) -> str:
    """The folders in which the credentials of this configuration are looked for, in order."""
    return ", ".join(str(folder) for folder in _folders(file))


def credential_path(name: str, file: Path) -> Path | None:
    """The file that holds the credential, None when there is none. `file` is the configuration that names it.

    systemd hands a directory of credentials over as `edgegw_NAME` (LoadCredential=edgegw:/etc/edgegw/credentials).
    """
    for folder in _folders(file):
        for candidate in (folder / name, folder / f"edgegw_{name}"):
            if os.path.isfile(candidate):  # noqa: PTH113 (Path.is_file raises where it may not look)
                return candidate
    return None


def credential(wanted: Credential, file: Path) -> str:
    """The secret itself, without the newline at its end. Raises MissingCredential."""
    name = wanted.credential
    path = credential_path(name, file)
    if path is None:
        raise MissingCredential(f"the credential {name} is not stored; looked in {searched(file)}")
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise MissingCredential(f"the credential {name} can't be read: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MissingCredential(f"the credential {name} is not UTF-8 text: {path}") from error
