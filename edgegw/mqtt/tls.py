"""TLS towards a broker, and why a handshake failed, in words for people."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (x509_vfy.h): Python has no name for it, nor a way to set the time to check by."""

_EXPIRED, _NOT_YET_VALID = 10, 9
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 64})
"""Results of OpenSSL's verification (openssl-verification-options, x509_vfy.h)."""

_ALERTS = {
    "UNKNOWN_CA": "it does not know the authority that signed our certificate (uplink.tls.certificate)",
    "CERTIFICATE_REQUIRED": "it wants a certificate from us: set uplink.tls.certificate and uplink.tls.key",
    "HANDSHAKE_FAILURE": "it refuses the handshake; most often it wants a certificate from us (uplink.tls.certificate)",
    "CERTIFICATE_EXPIRED": "it finds our certificate expired (uplink.tls.certificate)",
    "CERTIFICATE_REVOKED": "it finds our certificate revoked (uplink.tls.certificate)",
    "BAD_CERTIFICATE": "it does not accept our certificate (uplink.tls.certificate)",
    "CERTIFICATE_UNKNOWN": "it does not accept our certificate (uplink.tls.certificate)",
    "ACCESS_DENIED": "it knows our certificate and lets it do nothing (uplink.tls.certificate)",
    "NO_APPLICATION_PROTOCOL": "it speaks none of the protocols of uplink.tls.alpn",
    "PROTOCOL_VERSION": "it speaks no TLS of version 1.2 or later",
    "UNSUPPORTED_PROTOCOL": "it speaks no TLS of version 1.2 or later",
    "WRONG_VERSION_NUMBER": "what answers there is not TLS: is it the right port, or mqtt:// instead of mqtts://?",
}
"""By the end of OpenSSL's reason: alerts that the broker sends (RFC 8446 section 6), and what is no TLS at all."""


class TlsSocket(ssl.SSLSocket):
    """A TLS socket that closes itself when its handshake fails, which paho leaves to the garbage collector, and that
    remembers the alert that ended it: with TLS 1.3 a client learns only afterwards that its certificate is refused."""

    alert: ssl.SSLError | None = None
    not_before_at: datetime | None = None
    """It is at least so late, where the system clock, by which OpenSSL checks certificates, can't tell."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
            if self.not_before_at is not None:
                _check_expiry(self.getpeercert(), self.not_before_at)
        except OSError:
            self.close()
            raise

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self.alert = error
            raise

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            with contextlib.suppress(OSError):  # the alert may lie unread in front of the end
                self.recv(1)
            raise


def tls_context(
    *,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    alpn: Sequence[str] = (),
    not_before_at: datetime | None = None,
) -> ssl.SSLContext:
    """A client's TLS 1.2+ context that checks the broker's name. `ca` None means the system's store.

    `not_before_at`: the system clock is not to be believed, all that is known is that it is at least so late. Then a
    broker's certificate that had expired by then is refused, and one that is not valid yet may be by now. When its
    authorities' certificates expire is not looked at.

    Raises ValueError with which file is missing, is not PEM, or is the key of another certificate.
    """
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except OSError as error:
        raise ValueError(f"uplink.tls.ca: {_file(ca, error)}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 made it strict about extensions that private authorities leave out: a hub must not lose its cloud by
    # an upgrade of its Debian.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.sslsocket_class = TlsSocket
    if not_before_at is not None:
        context.verify_flags |= _NO_CHECK_TIME
        context.sslsocket_class = type("UnsyncedTlsSocket", (TlsSocket,), {"not_before_at": not_before_at})
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except OSError as error:
            raise ValueError(f"uplink.tls.certificate, uplink.tls.key: {_pair(certificate, key, error)}") from error
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def _check_expiry(certificate: Any, at: datetime) -> None:
    """Raises what OpenSSL would when the certificate had expired at `at`."""
    if ssl.cert_time_to_seconds(certificate["notAfter"]) < at.timestamp():
        error = ssl.SSLCertVerificationError(1, "certificate verify failed: certificate has expired")
        error.verify_code, error.verify_message = _EXPIRED, "certificate has expired"
        raise error


def _file(path: Path | None, error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"{path} is not a PEM file of certificates"
    return f"{path}: {error.strerror}"


def _pair(certificate: Path, key: Path | None, error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        missing = certificate if key is None or not certificate.exists() else key
        return f"{error.strerror}: {missing}"
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{key or certificate} is not the key of {certificate}"
    return f"{certificate} and {key or certificate} are not a certificate and its key in PEM"


def handshake_words(error: BaseException, host: str) -> str | None:
    """Why TLS with the broker at `host` failed; None when `error` does not come from TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _verification(error.verify_code, error.verify_message, host)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "TLS: it hung up in the middle of the handshake"
    if not isinstance(error, ssl.SSLError):
        return None
    reason: Any = error.reason or ""
    for end, told in _ALERTS.items():
        if reason.endswith(end):
            return f"TLS: {told} [{reason}]"
    return f"TLS: {reason or error}"


def _verification(code: int, message: str, host: str) -> str:
    if code == _EXPIRED:
        return "TLS: the broker's certificate has expired, or this gateway's clock is wrong"
    if code == _NOT_YET_VALID:
        return "TLS: the broker's certificate is not valid yet: this gateway's clock is probably wrong"
    if code in _UNKNOWN_AUTHORITY:
        return (
            "TLS: the broker's certificate is signed by an authority that we don't know "
            f"({message}): set uplink.tls.ca to the one that signed it"
        )
    if code in _OTHER_NAME:
        return f"TLS: the broker's certificate is for another name than {host}, which stands in uplink.brokers"
    return f"TLS: the broker's certificate is not accepted: {message}"
