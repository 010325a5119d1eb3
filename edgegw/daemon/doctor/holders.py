"""Which program holds a port, as far as /proc lets us look: without root only programs of our own account."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp (proc(5))."""


def of_port(port: int) -> str | None:
    """`name (pid N)` of who listens on the TCP port; None when it can't be seen."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in Path("/proc").glob("[0-9]*") if wanted else ():
        with contextlib.suppress(OSError):
            if any(str(handle.readlink()) in wanted for handle in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text(encoding='utf-8').strip()} (pid {folder.name})"
    return None


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (Path("/proc/net") / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]
