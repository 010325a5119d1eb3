"""What the machine shows: ports, network, clock, disk, serial devices, the service manager's sockets."""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import pwd
import re
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Final

from edgegw.daemon.doctor import holders
from edgegw.daemon.doctor.values import Disk, Listener, MachineClock, PassedSockets, SerialPort
from edgegw.daemon.reload import listeners
from edgegw.hub.clock import BUILT, RTC, utc_now, vouched
from edgegw.journal.errors import JournalError
from edgegw.journal.records import looked_into
from edgegw.journal.soundness import check
from edgegw.meters.settings import SerialConnection
from edgegw.settings import Settings

BY_ID: Final = Path("/dev/serial/by-id")
USER: Final = "edgegw"
SOCKET_UNIT: Final = "edgegw-ocpp.socket"
SERVICE_UNIT: Final = "edgegw.service"

SYSTEMCTL_S: Final = 5.0


def ports(settings: Settings, *, tried: bool) -> list[Listener]:
    """All that the file listens on; with `tried` each is bound for a moment, where no gateway of ours holds it."""
    return [
        Listener(key, address, port, fault, holders.of_port(port) if fault is not None else None)
        for key, address, port, fault in listeners(settings, tried=tried)
    ]


def carriers(folder: Path = Path("/sys/class/net")) -> list[str]:
    """The interfaces, but for the loopback, that have a link."""
    found = []
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # an interface that is down does not even tell
            if each.name != "lo" and (each / "carrier").read_text(encoding="ascii").strip() == "1":
                found.append(each.name)
    return found


def clock() -> MachineClock:
    return MachineClock(utc_now(), BUILT, vouched(), any(RTC.glob("rtc*")))


def disk(settings: Settings) -> Disk:
    """The disk under `storage.path`, and whether the ledger there is sound."""
    storage = settings.storage
    folder = storage.path
    while not os.path.exists(folder) and folder != folder.parent:  # noqa: PTH110 (Path.exists raises)
        folder = folder.parent
    room = os.statvfs(folder)
    ledger = storage.path / "journal.db"
    device, worn, spare = card(folder.stat().st_dev)
    return Disk(
        folder=str(folder),
        free_bytes=room.f_bavail * room.f_frsize,
        held_bytes=_held(storage.path),
        budget_bytes=storage.budget,
        read_only=bool(room.f_flag & os.ST_RDONLY),
        device=device, worn=worn, spare=spare,
        damage=_damage(ledger) if os.path.isfile(ledger) else None,  # noqa: PTH113 (Path.is_file raises)
    )  # fmt: skip


def _held(folder: Path) -> int:
    """What the ledger takes; 0 where we may not look."""
    try:
        return sum(path.stat().st_size for path in folder.glob("journal.db*"))
    except OSError:
        return 0


def card(device: int, sys_folder: Path = Path("/sys")) -> tuple[str | None, int | None, int | None]:
    """(name, tenths of its life that are used, state of its spare blocks) of the disk of a device number; what it does
    not tell is None. eMMC and some SD cards do (Linux: Documentation/ABI, sysfs-bus-mmc)."""
    block = sys_folder / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    if not block.exists():
        return None, None, None
    whole = block.resolve()
    whole = whole.parent if (whole / "partition").exists() else whole
    lives = [number for number in _numbers(whole / "device" / "life_time") if number]
    spares = _numbers(whole / "device" / "pre_eol_info")
    return whole.name, max(lives, default=None), spares[0] if spares else None


def _numbers(path: Path) -> list[int]:
    try:
        return [int(word, 16) for word in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []


def _damage(ledger: Path) -> str | None:
    try:
        with looked_into(ledger) as connection:
            check(connection, ledger, lambda seconds: None)
    except (JournalError, sqlite3.DatabaseError) as error:
        return str(error)
    except OSError as error:
        return error.strerror
    return None


def serial_ports(settings: Settings, account: Account) -> list[SerialPort]:
    """The serial devices of meters and of the kiosk's reader, as `account` may use them."""
    named = [
        (f"meters[{index}].connection.serial", meter.connection.serial)
        for index, meter in enumerate(settings.meters)
        if isinstance(meter.connection, SerialConnection)
    ]
    if settings.web.kiosk is not None and settings.web.kiosk.reader is not None and settings.web.kiosk.reader.serial:
        named.append(("web.kiosk.reader.serial", settings.web.kiosk.reader.serial))
    stable = sorted(BY_ID.iterdir()) if BY_ID.is_dir() else []
    found, seen = [], set()
    for key, path in named:
        if path not in seen:
            seen.add(path)
            found.append(_serial_port(key, Path(path), stable, account))
    return found


def _serial_port(key: str, path: Path, stable: list[Path], account: Account) -> SerialPort:
    try:
        about = path.stat()
    except OSError:
        return SerialPort(key, str(path), False, [str(each) for each in stable], who=account.name)
    better = None
    if re.fullmatch(r"/dev/tty(USB|ACM)\d+", str(path)):
        for each in stable:
            with contextlib.suppress(OSError):
                if each.stat().st_rdev == about.st_rdev:
                    better = str(each)
    return SerialPort(
        key, str(path), True, [str(each) for each in stable], better,
        who=account.name, may=account.may_use(about), group=_group(about.st_gid),
    )  # fmt: skip


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


class Account:
    """The account that the gateway runs as: that of the process `pid`, else the package's user with what its unit adds,
    else our own."""

    def __init__(self, pid: int | None) -> None:
        self.groups: Collection[int]
        if pid is not None and (running := _of_process(pid)) is not None:
            self.user, self.groups = running
        else:
            try:
                entry = pwd.getpwnam(USER)
            except KeyError:
                self.user, self.groups = os.geteuid(), {os.getegid(), *os.getgroups()}
            else:
                self.user = entry.pw_uid
                self.groups = {*os.getgrouplist(USER, entry.pw_gid), *_added_groups()}
        try:
            self.name = pwd.getpwuid(self.user).pw_name
        except KeyError:
            self.name = getpass.getuser()

    def may_use(self, about: os.stat_result) -> bool:
        """Whether it may read and write what is like this."""
        if self.user == 0:
            return True
        if self.user == about.st_uid:
            wanted = stat.S_IRUSR | stat.S_IWUSR
        elif about.st_gid in self.groups:
            wanted = stat.S_IRGRP | stat.S_IWGRP
        else:
            wanted = stat.S_IROTH | stat.S_IWOTH
        return about.st_mode & wanted == wanted


def _of_process(pid: int) -> tuple[int, set[int]] | None:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return int(fields["Uid"].split()[1]), {int(fields["Gid"].split()[1]), *map(int, fields["Groups"].split())}


def _added_groups() -> set[int]:
    found = set()
    for name in shown_by_systemd(SERVICE_UNIT, "SupplementaryGroups").get("SupplementaryGroups", "").split():
        with contextlib.suppress(KeyError):
            found.add(grp.getgrnam(name).gr_gid)
    return found


def passed_sockets() -> PassedSockets | None:
    """What the socket unit holds; None without systemd, or without that unit."""
    told = shown_by_systemd(SOCKET_UNIT, "ActiveState", "Listen")
    if not told.get("Listen"):
        return None
    return PassedSockets(told.get("ActiveState") == "active", places_of(told["Listen"]))


def places_of(listen: str) -> list[tuple[str, int]]:
    """(address, port) of each stream socket in what `systemctl show -p Listen` tells: `0.0.0.0:9000 (Stream)`."""
    return [(address.strip("[]"), int(port)) for address, port in re.findall(r"(\S+):(\d+) \(Stream\)", listen)]


def shown_by_systemd(unit: str, *properties: str) -> dict[str, str]:
    """Properties of a unit; of several lines of one name, all. Empty without systemd."""
    program = shutil.which("systemctl")
    if program is None:
        return {}
    words = [program, "show", unit, *(f"--property={name}" for name in properties)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=SYSTEMCTL_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found: dict[str, str] = {}
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        name, _, value = line.partition("=")
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found
