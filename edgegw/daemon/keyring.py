"""The secrets of the configuration in force, and who is told when those of Vault change."""

from __future__ import annotations

from pathlib import Path

from edgegw.settings import Settings
from edgegw.settings.credentials import VAULT, Credentials, Source, credential
from edgegw.settings.schema import Vault as VaultSettings
from edgegw.settings.vault import Vault

LOOK_EVERY_S = 30.0
"""How often stations' passwords are looked up anew where some come from Vault."""


class Keyring:
    """For the configuration in `file`. A reload that leaves `secrets` as it is keeps what Vault has told so far."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._of: VaultSettings | None = None
        self.credentials = Credentials(file)
        """Those in force; the same object over any number of reloads."""

    def take_up(self, settings: Settings) -> None:
        """Follow these settings."""
        self.credentials.vault = self._vault(settings)
        self._of = settings.secrets.vault if settings.secrets is not None else None

    def of(self, settings: Settings) -> Credentials:
        """The credentials by settings that are not in force yet."""
        return Credentials(self._file, self._vault(settings))

    def _vault(self, settings: Settings) -> Source | None:
        wanted = settings.secrets.vault if settings.secrets is not None else None
        if wanted is None or wanted == self._of:
            return self.credentials.vault if wanted is not None else None
        return Vault(wanted, lambda shown: credential(shown, self._file))


def asks_vault(settings: Settings) -> bool:
    """Whether a station's password comes from Vault."""
    named = (station.password for station in settings.stations)
    return any(each is not None and each.credential.startswith(VAULT) for each in named)
