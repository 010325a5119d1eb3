"""The system clock of a process, set while it runs (libfaketime). The kernel's other clocks, and what it says of its
time source, stay the real ones."""

from __future__ import annotations

from pathlib import Path

LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), Path("/usr/lib/faketime/libfaketimeMT.so.1")]
LIBRARY = next((path for path in LIBRARIES if path.exists()), None)
MISSING = "no clock was set, as libfaketime is missing: apt install libfaketime"

NEVER_SET = "@1970-01-01 00:00:40"
TRUE = "+0"


class SystemClock:
    """`set` to NEVER_SET, to an offset such as `+5y` or `-3h`, or to TRUE."""

    def __init__(self, folder: Path) -> None:
        assert LIBRARY is not None, MISSING
        self._file = folder / "faketime"
        self.environment = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set(TRUE)

    def set(self, text: str) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(text)
        part.replace(self._file)
