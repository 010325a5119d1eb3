"""The first file in a multipart/form-data body, as it streams in (RFC 7578).

Stations that POST a log wrap it in a form. Their clients agree on little: the name of the field, a line break before
the first boundary, whether more fields follow. So the first part that names a file counts, and the first part of any
kind where none does.
"""

from __future__ import annotations

import re
from typing import Final

MAX_HEAD: Final = 16 * 1024
"""Bytes of all that stands before the file."""


class Malformed(ValueError):
    """The body is not the form that its content type says."""


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a form, None when the body is none."""
    kind, _, rest = content_type.partition(";")
    if not kind.strip().lower().startswith("multipart/"):
        return None
    found = re.search(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', rest, re.IGNORECASE)
    if found is None:
        raise Malformed("a form without a boundary")
    return (found[1] or found[2]).encode("latin-1", "replace")


class FirstFile:
    """`feed` it the body and get the file's bytes back; `done` once its end was seen. Raises Malformed."""

    def __init__(self, boundary: bytes) -> None:
        self.name: str | None = None
        """What the form calls the file."""
        self.done = False
        self._mark = b"--" + boundary
        self._held = b"\r\n"  # so that the first boundary looks like the others
        self._skipped = 0
        self._inside = False

    def feed(self, data: bytes) -> bytes:
        """What of the file `data` completes."""
        if self.done:
            return b""
        self._held += data
        while not self._inside:
            if not self._enter():
                return b""
        return self._content()

    def _enter(self) -> bool:
        """Find the head of the next part and look at it; False while it is not whole."""
        start = self._held.find(b"\r\n" + self._mark)
        if start < 0:
            self._skip(max(0, len(self._held) - len(self._mark) - 4))
            return False
        after = start + 2 + len(self._mark)
        if self._held[after : after + 2] == b"--":
            raise Malformed("a form without a file")
        end = self._held.find(b"\r\n\r\n", after)
        if end < 0:
            if len(self._held) > MAX_HEAD:
                raise Malformed("the head of the form does not end")
            return False
        head = self._held[after:end].decode("utf-8", "replace")
        named = re.search(r'filename="([^"]*)"', head) or re.search(r"filename=([^\s;]+)", head)
        self._held = self._held[end + 4 :]
        self._skipped += end
        if named is None and re.search(r"content-disposition:[^\r\n]*form-data", head, re.IGNORECASE):
            if self._skipped > MAX_HEAD:
                raise Malformed("too much stands before the file")
            return True  # a field, not a file: the loop looks for the next part
        self.name = named[1] if named is not None else None
        self._inside = True
        return True

    def _skip(self, count: int) -> None:
        self._skipped += count
        self._held = self._held[count:]
        if self._skipped > MAX_HEAD:
            raise Malformed("too much stands before the file")

    def _content(self) -> bytes:
        end = self._held.find(b"\r\n" + self._mark)
        if end >= 0:
            found, self._held, self.done = self._held[:end], b"", True
            return found
        sure = max(0, len(self._held) - len(self._mark) - 2)
        found, self._held = self._held[:sure], self._held[sure:]
        return found
