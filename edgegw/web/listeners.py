"""Sockets in the file system: the control socket and the voice socket."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import socket
import stat
from pathlib import Path

from edgegw.serving import BACKLOG

GROUP = "edgegw"


def control_listener(path: Path) -> socket.socket:
    """The control socket, for its owner and the group `edgegw`. Raises OSError."""
    return unix_listener(path, "web.control", GROUP)


def unix_listener(path: Path, key: str, group: str) -> socket.socket:
    """A listening socket at `path`, for its owner and the `group` where there is one (mode 0660).

    What a gateway that was killed left there is replaced. Raises OSError, which names the setting `key`, when another
    one listens there, and when something that is no socket lies there.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path)
        mask = os.umask(0o117)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise OSError(error.errno or errno.EINVAL, f"{key}: can't listen at {path}: {reason}") from error
    listener.setblocking(False)
    return listener


def _make_room(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, "something that is no socket lies there")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(path))
            except (ConnectionRefusedError, FileNotFoundError):
                path.unlink(missing_ok=True)
            else:
                raise OSError(errno.EADDRINUSE, "another gateway listens there")


def identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at `path`, None for none: so that a gateway takes away its own socket and no other's."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
