"""How the gateway introduces itself to its broker: read from files anew for each connection, which may be renewed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from edgegw.mqtt import Account, tls_context
from edgegw.settings import Settings
from edgegw.settings.credentials import Credentials


class BrokerAccount:
    """The account of one configuration. Both calls read files, and may ask Vault."""

    def __init__(
        self, settings: Settings, credentials: Credentials, not_before_at: Callable[[], datetime | None] = lambda: None
    ) -> None:
        """`not_before_at`: see `SiteClock.not_before_at`."""
        self._site = settings.site.id
        self._uplink = settings.uplink
        self._credentials = credentials
        self._not_before_at = not_before_at

    def __call__(self) -> Account:
        """The account as the files have it now. Raises ValueError, for people, when they can't be used."""
        uplink, tls = self._uplink, self._uplink.tls
        context = None
        if any(url.startswith("mqtts:") for url in uplink.brokers):
            context = tls_context(
                ca=tls.ca if tls is not None else None,
                certificate=tls.certificate if tls is not None else None,
                key=tls.key if tls is not None else None,
                alpn=tls.alpn if tls is not None else (),
                not_before_at=self._not_before_at(),
            )
        password = self._credentials.secret(uplink.password) if uplink.password is not None else None
        return Account(client_id=f"edgegw-{self._site}", username=uplink.username, password=password, tls=context)

    def fingerprint(self) -> Hashable:
        """Another value when one of the files has other contents. A file that can't be read counts as empty."""
        tls = self._uplink.tls
        paths = [] if tls is None else [tls.ca, tls.certificate, tls.key]
        password = self._uplink.password
        return (
            *(b"" if path is None else _digest(path) for path in paths),
            None if password is None else self._credentials.fingerprint(password),
        )


def _digest(path: Path) -> bytes:
    try:
        return sha256(path.read_bytes()).digest()
    except OSError:
        return b""
