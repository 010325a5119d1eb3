"""A throw-away certificate for loopback, made with the `openssl` command."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

_WANTED: Final = (
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=edgegw simulate live",
    # It is its own authority; Python's clients ask for this usage from 3.13 on (VERIFY_X509_STRICT).
    "-addext", "keyUsage=critical,digitalSignature,keyCertSign",
)  # fmt: skip


class CannotMake(Exception):
    """There is no certificate. The text is for people."""


def make_certificate(folder: Path, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """(certificate, key) in `folder`, good for two days, for localhost and `address`. A client trusts it through
    SSL_CERT_FILE. Raises CannotMake when `openssl` is missing or refuses."""
    certificate, key = folder / "live.pem", folder / "live.key"
    names = f"subjectAltName=DNS:localhost,IP:{address}"
    command = ["openssl", *_WANTED, "-addext", names, "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: S603  # our own words, and a folder
    except FileNotFoundError:
        raise CannotMake("the openssl command is missing: apt install openssl") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        raise CannotMake(
            f"openssl made no certificate in {folder}: {said[-1] if said else 'it took too long'}"
        ) from None
    return certificate, key
