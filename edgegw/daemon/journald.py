"""The journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): lines with fields, a datagram each.

Nothing has to be passed at the hundreds of places that speak: what a line is about is what its words say before a
value. `meter %s is stale` is about a meter; in the rooms that speak of stations, a line that begins `%s: ` about one. A
test holds every line of the program to that.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SOCKET: Final = Path("/run/systemd/journal/socket")

LEVELS: Final[Mapping[int, int]] = {
    logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2
}  # fmt: skip

OF_STATIONS: Final = ("edgegw.files", "edgegw.load", "edgegw.stations", "edgegw.transactions")
"""Loggers whose lines begin with the station that they are about, where they begin `%s: `."""

MOST_BYTES: Final = 48 * 1024
"""Of a text; beyond, the kernel may not take it in one datagram."""

_FIELDS: Final[Mapping[str, str]] = {
    "station": "CHARGING_STATION", "transaction": "TRANSACTION", "meter": "METER", "command": "COMMAND",
}  # fmt: skip
_PLACES: Final = re.compile(r"(?:\b(\w+) )?%[-+ #0-9.]*[a-zA-Z]")


class Formatter(logging.Formatter):
    """Lines with the `<N>` prefix by which journald knows their level, for stderr."""

    def format(self, record: logging.LogRecord) -> str:
        level = LEVELS.get(record.levelno, 6)
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())


class JournaldHandler(logging.Handler):
    """Sends records to the journal; what it does not take goes to stderr, so that no line is lost."""

    def __init__(self, path: Path = SOCKET) -> None:
        """Raises OSError when there is no journal at `path`."""
        super().__init__()
        self._stderr = logging.StreamHandler()
        self._stderr.setFormatter(Formatter("%(name)s: %(message)s"))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._socket.send(datagram(record, f"{record.name}: {self.format(record)}"))
        except OSError:
            self._stderr.emit(record)
        except Exception:  # as every handler of the library's
            self.handleError(record)

    def close(self) -> None:
        self._socket.close()
        super().close()


def _stderr() -> int:
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError):  # there is none, or what stands for it is no file
        return 2


def handler() -> logging.Handler:
    """The one for this process: the journal where stderr is connected to it, and stderr elsewhere."""
    if is_journal(_stderr(), os.environ.get("JOURNAL_STREAM", "")):
        try:
            return JournaldHandler()
        except OSError:
            pass  # a unit that is shut off from it
    made = logging.StreamHandler()
    if os.environ.get("JOURNAL_STREAM"):
        made.setFormatter(Formatter("%(name)s: %(message)s"))
    else:
        made.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    return made


def is_journal(descriptor: int, journal_stream: str) -> bool:
    """Whether it is what systemd has connected to the journal: JOURNAL_STREAM is its device and inode."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return journal_stream == f"{found.st_dev}:{found.st_ino}"


def fields(record: logging.LogRecord) -> dict[str, str]:
    """What the record is about, by the journal's names."""
    found = {name: str(value) for name in _FIELDS.values() if (value := record.__dict__.get(name)) is not None}
    if not isinstance(record.msg, str) or not isinstance(record.args, tuple):
        return found
    for place, value in zip(_PLACES.finditer(record.msg.replace("%%", "")), record.args, strict=False):
        word = _FIELDS.get(place[1] or "")
        if place.start() == 0 and record.msg.startswith("%s: ") and record.name.startswith(OF_STATIONS):
            word = "CHARGING_STATION"
        if word is not None and value is not None:
            found.setdefault(word, str(value))
    return found


def datagram(record: logging.LogRecord, text: str) -> bytes:
    """A record as the protocol has it."""
    entries = {
        "MESSAGE": text.encode(errors="replace")[:MOST_BYTES].decode(errors="ignore"),
        "PRIORITY": str(LEVELS.get(record.levelno, 6)),
        "SYSLOG_IDENTIFIER": "edgegw",
        "EDGEGW_LOGGER": record.name,
        "CODE_FILE": record.pathname,
        "CODE_LINE": str(record.lineno),
        **fields(record),
    }
    return b"".join(_entry(name, value.encode(errors="replace")) for name, value in entries.items())


def _entry(name: str, value: bytes) -> bytes:
    if b"\n" not in value:
        return b"%b=%b\n" % (name.encode(), value)
    # With its length before it, so that no text can begin a field of its own.
    return b"%b\n%b%b\n" % (name.encode(), len(value).to_bytes(8, "little"), value)
