"""Facts of files that stations put here."""

from __future__ import annotations

from typing import ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class FileReceived(StationFact):
    """A station put a file here, whole: a log that the command `command` asked for.

    `file` is its id at the gateway, `name` what the station calls it, `kind` the kind of log as get_log has it, `size`
    in bytes, `sha256` the digest in hexadecimal. The file itself is fetched by its id, from the gateway's API.
    """

    type: ClassVar[str] = "file_received"
    shown: ClassVar[tuple[str, ...] | None] = ("kind", "size")

    file: str
    kind: str
    name: str
    size: int
    sha256: str
    command: str | None = None
