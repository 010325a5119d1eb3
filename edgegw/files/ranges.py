"""Which bytes of a file a client wants (RFC 9110 section 14)."""

from __future__ import annotations

import re


class Unsatisfiable(ValueError):
    """The range begins behind the end of the file: 416."""


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, None for the whole file.

    Several ranges, other units and what can't be read are answered with the whole file, as the RFC allows. Raises
    Unsatisfiable.
    """
    found = re.fullmatch(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", header or "", re.IGNORECASE)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        count = min(int(last), size)
        begin, end = size - count, size
    else:
        begin, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < begin:
            return None
    if begin >= end:
        raise Unsatisfiable(f"the file has {size} bytes")
    return begin, end
