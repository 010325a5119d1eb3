"""Opening a reader's device: a serial line by its path, or an input device by its name or path, for us alone."""

from __future__ import annotations

import errno
import fcntl
import os
import termios
from pathlib import Path
from typing import Final

INPUT: Final = Path("/dev/input")
EVIOCGRAB: Final = 0x40044590
"""_IOW('E', 0x90, int): what the device types reaches nobody else, the page's PIN pad least of all."""
_NAME_LENGTH: Final = 256
EVIOCGNAME: Final = 0x80004506 | _NAME_LENGTH << 16
"""_IOC(_IOC_READ, 'E', 0x06, length)."""

SPEEDS: Final = {
    int(name[1:]): getattr(termios, name) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()
}
"""Constants of termios by bits per second."""

IFLAG, OFLAG, CFLAG, LFLAG, ISPEED, OSPEED = range(6)


def open_serial(path: str, baud: int) -> int:
    """A descriptor of a serial line, raw, 8N1, at `baud` bits per second. Raises OSError and, for a rate that the
    system does not know, ValueError."""
    if baud not in SPEEDS or baud == 0:
        raise ValueError(f"{baud} bits per second is not possible")
    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        settings = termios.tcgetattr(line)
        fcntl.ioctl(line, termios.TIOCEXCL)
        settings[IFLAG] = settings[OFLAG] = settings[LFLAG] = 0
        settings[CFLAG] = termios.CS8 | termios.CREAD | termios.CLOCAL
        settings[ISPEED] = settings[OSPEED] = SPEEDS[baud]
        termios.tcsetattr(line, termios.TCSANOW, settings)
        termios.tcflush(line, termios.TCIFLUSH)  # what was shown while nobody looked is no proof now
    except termios.error as error:
        os.close(line)
        raise OSError(error.args[0], f"no serial line: {error.args[-1]}", path) from None
    except OSError:
        os.close(line)
        raise
    return line


def open_typing(name: str) -> int:
    """A descriptor of an input device that only we hear: `name` is its path, or what it is called. Raises OSError."""
    device = os.open(name if name.startswith("/") else _named(name), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(device, EVIOCGRAB, 1)
    except OSError:
        os.close(device)
        raise
    return device


def _named(name: str) -> str:
    """The input device whose name holds `name`, in any case. Raises OSError."""
    denied: OSError | None = None
    for path in sorted(INPUT.glob("event*")):
        try:
            device = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except PermissionError as error:
            denied = error
            continue
        except OSError:
            continue
        try:
            called = fcntl.ioctl(device, EVIOCGNAME, bytes(_NAME_LENGTH))
        except OSError:
            continue
        finally:
            os.close(device)
        if name.lower() in called.split(b"\0")[0].decode(errors="replace").lower():
            return str(path)
    if denied is not None:
        raise denied
    raise FileNotFoundError(errno.ENOENT, f"no input device is called {name!r}", str(INPUT))
