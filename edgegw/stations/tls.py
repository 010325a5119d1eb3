"""The TLS context of a listener for stations."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

ECDHE: Final = "ECDHE+AESGCM"
RSA: Final = "AES128-GCM-SHA256:AES256-GCM-SHA384"
"""TLS_RSA_WITH_AES_{128,256}_GCM_SHA{256,384}: without forward secrecy, for old stations and certification suites."""


NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (x509_vfy.h): Python has no name for it, nor a way to set the time to check by."""


class _Context(ssl.SSLContext):
    """Leaves the time out of the check of a client's certificate while the system clock is not to be believed: then
    `expired` checks it."""

    not_before_at: Callable[[], datetime | None]

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        if self.not_before_at() is not None:
            self.verify_flags |= NO_CHECK_TIME
        else:
            self.verify_flags &= ~NO_CHECK_TIME
        return super().wrap_bio(*args, **options)


def expired(certificate: dict[str, Any] | None, at: datetime) -> bool:
    """Whether a certificate in the form of `ssl.SSLSocket.getpeercert` had expired at `at`; none has not."""
    return certificate is not None and ssl.cert_time_to_seconds(certificate["notAfter"]) < at.timestamp()


def server_context(
    certificate: Path,
    key: Path,
    client_ca: Path | None,
    *,
    rsa_compat: bool,
    not_before_at: Callable[[], datetime | None] = lambda: None,
) -> ssl.SSLContext:
    """TLS 1.2 or newer with the cipher suites of OCPP 2.0.1 A00.FR.318 (1.6 security whitepaper: the same).

    With `client_ca` a client certificate is asked for but not demanded, so that stations of profile 2 and 3 share a
    port; whose certificate it is, is checked by `admission.refusal`. `not_before_at`: see `SiteClock`.
    Raises ValueError that names the file at fault.
    """
    context = _Context(ssl.PROTOCOL_TLS_SERVER)
    context.not_before_at = not_before_at
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ECDHE}:{RSA}" if rsa_compat else ECDHE)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"certificate {certificate} with key {key} can't be used: {_why(error)}") from error
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"client CA {client_ca} can't be used: {_why(error)}") from error
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _why(error: OSError) -> str:
    """The reason in words; OpenSSL's own name for it where there are none here."""
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key belongs to another certificate"
    if error.reason is None or error.reason in ("PEM_LIB", "NO_START_LINE", "NO_CERTIFICATE_OR_CRL_FOUND"):
        return "what is in there is not PEM, or not of this kind"
    return error.reason.replace("_", " ").lower()
