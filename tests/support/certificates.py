"""A certificate authority of a test's own, made with openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Authority:
    """`ca` is its certificate; `issue` makes `NAME.pem` and `NAME.key` in `folder`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        self.ca = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        # Python's own clients ask for the usage from 3.13 on (VERIFY_X509_STRICT), and for the issuer's key below.
        usage = "keyUsage=critical,keyCertSign,cRLSign"
        _openssl(
            *_NEW, "-keyout", self._key, "-out", self.ca, "-days", "2", "-subj", f"/CN=test {name}", "-addext", usage
        )

    def issue(
        self, name: str, *, days: int = 2, host: str = "localhost", common_name: str | None = None,
        key_kind: tuple[str, ...] | None = None,
    ) -> Path:  # fmt: skip
        """A certificate for `host`; `days` below 0 makes one that has expired. Its path; the key lies beside it."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request = self.folder / f"{name}.csr"
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
        subject = f"/CN={common_name or name}"
        _openssl("req", "-new", *(key_kind or _KEY), "-keyout", key, "-out", request, "-subj", subject)
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial", "-days", days,
            "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        return certificate


RSA = ("-newkey", "rsa:2048", "-nodes")
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_NEW = ("req", "-x509", *_KEY)


def _openssl(*args: object) -> None:
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)
