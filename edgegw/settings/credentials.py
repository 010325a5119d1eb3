"""Secrets by name: a variable of the environment, a file in the directory that systemd gives the unit, in
EDGEGW_CREDENTIALS, or beside the configuration; or, for names that begin with `vault:`, HashiCorp Vault.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from edgegw.scalars import Credential

VAULT = "vault:"
SEALED = "-sealed"
"""Ending of the folder beside that of the credentials in which sealed ones lie; only systemd can open them."""


class MissingCredential(ValueError):
    """A credential that the configuration names is not stored, or can't be read; the text says where and why."""


class Source(Protocol):
    """What gives secrets by names that begin with `vault:`."""

    def secret(self, name: str) -> str:
        """Raises MissingCredential. Waits for a network."""


def _folders(file: Path) -> list[Path]:
    named = [os.environ.get("CREDENTIALS_DIRECTORY"), os.environ.get("EDGEGW_CREDENTIALS")]
    return [Path(folder) for folder in named if folder] + [file.resolve().parent / "credentials"]


def searched(file: Path) -> str:
    """The folders in which the credentials of this configuration are looked for, in order."""
    return ", ".join(str(folder) for folder in _folders(file))


def variable(name: str) -> str:
    """The variable of the environment that may hold it, as containers have it: of cp-01 EDGEGW_CREDENTIAL_CP_01."""
    return "EDGEGW_CREDENTIAL_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def credential_path(name: str, file: Path) -> Path | None:
    """The file that holds the credential, None when there is none. `file` is the configuration that names it.

    systemd hands a directory of credentials over as `edgegw_NAME` (LoadCredential=edgegw:/etc/edgegw/credentials).
    """
    for folder in _folders(file):
        for candidate in (folder / name, folder / f"edgegw_{name}"):
            if os.path.isfile(candidate):  # noqa: PTH113 (Path.is_file raises where it may not look)
                return candidate
    return None


def is_stored(name: str, file: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the credential is here, as far as can be seen without asking Vault, which is believed to have it."""
    return name.startswith(VAULT) or variable(name) in environment or credential_path(name, file) is not None


def place(name: str, file: Path) -> str:
    """Where the secret is, for people; empty when it is nowhere that we can look."""
    if name.startswith(VAULT):
        return "Vault"
    if variable(name) in os.environ:
        return f"${variable(name)}"
    if (path := credential_path(name, file)) is not None:
        return str(path)
    beside = file.resolve().parent
    for sealed in (beside / f"credentials{SEALED}", beside / f"credentials-voice{SEALED}"):
        if os.path.isfile(sealed / f"{name}.cred"):  # noqa: PTH113 (Path.is_file raises where it may not look)
            return f"{sealed / name}.cred (sealed)"
    return ""


def credential(wanted: Credential, file: Path) -> str:
    """The secret itself, without the newline at its end, from the environment or a file. Raises MissingCredential."""
    name = wanted.credential
    if name.startswith(VAULT):
        raise MissingCredential(f"the credential {name} is to come from Vault, and secrets.vault is not set")
    if (told := os.environ.get(variable(name))) is not None:
        return told.rstrip("\r\n")
    path = credential_path(name, file)
    if path is None:
        raise MissingCredential(f"the credential {name} is not stored; looked in {searched(file)}")
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise MissingCredential(f"the credential {name} can't be read: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MissingCredential(f"the credential {name} is not UTF-8 text: {path}") from error


class Credentials:
    """Those of one configuration, which lies in `file`. Every call reads files, and may ask `vault`."""

    def __init__(self, file: Path, vault: Source | None = None) -> None:
        self._file = file
        self.vault = vault

    def secret(self, wanted: Credential) -> str:
        """The secret itself. Raises MissingCredential."""
        if self.vault is not None and wanted.credential.startswith(VAULT):
            return self.vault.secret(wanted.credential)
        return credential(wanted, self._file)

    def fingerprint(self, wanted: Credential) -> Hashable:
        """Another value when the secret is another one; one that can't be had counts as empty."""
        try:
            return sha256(self.secret(wanted).encode()).digest()
        except MissingCredential:
            return b""
