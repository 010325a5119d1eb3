"""Requests for certificates, made with openssl as a station would, each with one thing to look at."""

from __future__ import annotations

import subprocess
from pathlib import Path

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def a_request(
    folder: Path, subject: str = "/CN=CP01/O=Hub", *key: str, extensions: tuple[str, ...] = (), digest: str = "sha256"
) -> str:
    """The request as PEM; its key is `station.key` in `folder`."""
    added = [part for each in extensions for part in ("-addext", each)]
    subprocess.run(
        ["openssl", "req", "-new", *(key or EC), "-nodes", f"-{digest}", "-keyout", folder / "station.key",
         "-out", folder / "station.csr", "-subj", subject, *added],
        check=True, capture_output=True,
    )  # fmt: skip
    return (folder / "station.csr").read_text()
