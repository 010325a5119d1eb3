"""A small ext4 of its own on a loop device: it can be full, lose its power, and count what is written to it."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path
from types import TracebackType

EXT4_IOC_SHUTDOWN = 0x8004587D
"""_IOR('X', 125, u32) of the kernel's fs/ext4/ioctl.c."""

NO_LOG_FLUSH = 2
"""EXT4_GOING_FLAGS_NOLOGFLUSH: what is in memory never reaches the device, as when the power goes."""

SECTOR_BYTES = 512


class Unavailable(Exception):
    """This machine can't do it; the text says why."""


class LoopFilesystem:
    """`size_mib` of ext4, mounted at `folder` between `__enter__` and `__exit__`. Raises Unavailable."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        self._image = folder.with_name(f"{folder.name}.img")
        self._size = size_mib * 1024 * 1024
        self._device = ""

    def __enter__(self) -> LoopFilesystem:
        if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
            raise Unavailable("a file system on a loop device needs root and mkfs.ext4")
        with self._image.open("wb") as image:
            image.truncate(self._size)
        self.folder.mkdir(exist_ok=True)
        _run("mkfs.ext4", "-q", "-m", "0", str(self._image))
        self.mount()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._device:
            self.unmount()
        self._image.unlink()

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))
        found = _run("findmnt", "-no", "SOURCE", str(self.folder))
        self._device = found.strip().rpartition("/")[2]

    def unmount(self) -> None:
        """Nobody may have a file open on it any more; a process that has just been killed may take a moment."""
        for _ in range(100):
            try:
                _run("umount", str(self.folder))
                break
            except Unavailable:
                time.sleep(0.05)
        else:
            _run("umount", "-l", str(self.folder))
        self._device = ""

    def cut_power(self) -> None:
        """From now on every write fails and nothing that is not on the device gets there; `unmount` and `mount` it."""
        opened = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(opened, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(opened)

    @property
    def written_bytes(self) -> int:
        """What the device has been given to write since it was mounted (the kernel's Documentation/block/stat.rst)."""
        return int(Path(f"/sys/block/{self._device}/stat").read_text().split()[6]) * SECTOR_BYTES

    def settle(self) -> None:
        """Have the kernel write what it would by itself in half a minute: its journal, and pages of mapped files."""
        _run("sync", "-f", str(self.folder))

    def fill(self, leaving: int = 0) -> Path:
        """Take the free space but `leaving` bytes; the file that holds it, to be deleted."""
        hoard = self.folder / "hoard"
        free = os.statvfs(self.folder)
        size = free.f_bavail * free.f_frsize - leaving
        with hoard.open("ab", buffering=0) as file:
            while size > 0:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                    break
                except OSError:
                    size -= 65536
            for chunk in (4096, 512, 1) if not leaving else ():
                try:
                    while True:
                        file.write(bytes(chunk))
                        file.flush()
                except OSError:
                    continue
        return hoard


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
