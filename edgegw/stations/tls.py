"""The TLS context of a listener for stations."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

ECDHE: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
)
"""One by one and with its security level, as what a word like ECDHE+AESGCM means, and which level an OpenSSL begins
with, is another matter on each system."""
LEVEL: Final = "@SECLEVEL=2"
"""112 bits: RSA of 2048 and more, SHA-256 and better (SSL_CTX_set_security_level(3))."""
RSA: Final = "AES128-GCM-SHA256:AES256-GCM-SHA384"
"""TLS_RSA_WITH_AES_{128,256}_GCM_SHA{256,384}: without forward secrecy, for old stations and certification suites."""


NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (x509_vfy.h): Python has no name for it, nor a way to set the time to check by."""


class _Context(ssl.SSLContext):
    """Leaves the time out of the check of a client's certificate while the system clock is not to be believed: then
    `expired` checks it."""

    not_before_at: Callable[[], datetime | None]
    station_ca: Path | None = None
    """The gateway's own authority for stations, taken up as soon as there is one."""

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        if self.station_ca is not None and self.station_ca.exists():
            self.load_verify_locations(self.station_ca)
            self.verify_mode = ssl.CERT_OPTIONAL
            self.station_ca = None
        if self.not_before_at() is not None:
            self.verify_flags |= NO_CHECK_TIME
        else:
            self.verify_flags &= ~NO_CHECK_TIME
        return super().wrap_bio(*args, **options)


def fingerprint(secured: ssl.SSLObject) -> str | None:
    """The SHA-256 in hex of the certificate that the other end has shown, None when it has shown none."""
    shown = secured.getpeercert(binary_form=True)
    return sha256(shown).hexdigest() if shown else None


def expired(certificate: dict[str, Any] | None, at: datetime) -> bool:
    """Whether a certificate in the form of `ssl.SSLSocket.getpeercert` had expired at `at`; none has not."""
    return certificate is not None and ssl.cert_time_to_seconds(certificate["notAfter"]) < at.timestamp()


def server_context(
    certificate: Path,
    key: Path,
    client_ca: Path | None,
    *,
    rsa_compat: bool,
    second: tuple[Path, Path] | None = None,
    station_ca: Path | None = None,
    not_before_at: Callable[[], datetime | None] = lambda: None,
) -> ssl.SSLContext:
    """TLS 1.2 or newer with the cipher suites of OCPP 2.0.1 A00.FR.318 (1.6 security whitepaper: the same).

    With `client_ca` a client certificate is asked for but not demanded, so that stations of profile 2 and 3 share a
    port; whose certificate it is, is checked by `admission.refusal`. `second` is a certificate and its key of the other
    kind, RSA beside ECDSA. `station_ca` is trusted beside `client_ca` once the file is there. `not_before_at`: see
    `SiteClock`.
    Raises ValueError that names the file at fault.
    """
    context = _Context(ssl.PROTOCOL_TLS_SERVER)
    context.not_before_at = not_before_at
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join([LEVEL, ECDHE, RSA] if rsa_compat else [LEVEL, ECDHE]))
    for each in ((certificate, key), *((second,) if second is not None else ())):
        try:
            context.load_cert_chain(*each)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"certificate {each[0]} with key {each[1]} can't be used: {_why(error)}") from error
    if second is not None and _is_rsa(certificate) == _is_rsa(second[0]):
        raise ValueError(f"certificates {certificate} and {second[0]} have keys of one kind; name one RSA, one ECDSA")
    context.station_ca = station_ca
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"client CA {client_ca} can't be used: {_why(error)}") from error
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


_RSA_KEY: Final = bytes.fromhex("06092a864886f70d010101")
"""rsaEncryption (RFC 8017 appendix C) as it stands before a public key; signatures have other numbers."""


def _is_rsa(certificate: Path) -> bool:
    text = certificate.read_text(encoding="ascii", errors="replace")
    first = text[text.index(ssl.PEM_HEADER) :].partition(ssl.PEM_FOOTER)
    return _RSA_KEY in ssl.PEM_cert_to_DER_cert(first[0] + first[1])


def _why(error: OSError) -> str:
    """The reason in words; OpenSSL's own name for it where there are none here."""
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key belongs to another certificate"
    if error.reason is None or error.reason in ("PEM_LIB", "NO_START_LINE", "NO_CERTIFICATE_OR_CRL_FOUND"):
        return "what is in there is not PEM, or not of this kind"
    return error.reason.replace("_", " ").lower()
