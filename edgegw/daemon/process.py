"""`edgegw run`: reads the file, opens the ledger, runs the gateway under signals, and says how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import faulthandler
import gc
import logging
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from edgegw.daemon import descriptors, last_good
from edgegw.daemon.log import set_up_log
from edgegw.daemon.supervisor import words
from edgegw.journal.errors import Damaged, JournalError, NewerDatabase, StorageFull
from edgegw.journal.journal import Journal
from edgegw.notify import Notify
from edgegw.passed import Passed, passed_to_us
from edgegw.settings import Invalid, Loaded, load

GOOD, AGAIN, USELESS = 0, 1, 78
"""Exit codes: good; failed, another try may help; another try won't help (EX_CONFIG)."""

OVERDUE_S = 15.0
"""A process that is still there this long after its end began ends as it is: something in it hangs."""

_FOR_GOOD = frozenset({
    errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG,
})  # fmt: skip
"""What of the system's refusals only an installer can change. A port in use or a full disk may pass by itself."""

COLLECTIONS = (5_000, 200, 100)
"""Thresholds of Python's cyclic collector. What a frame or a fact leaves behind is freed by its count, so the collector
looks at the same living rows again and again: with the default of (700, 10, 10) 128 writers' p99 is 37 ms, so 10 ms
(`./run bench ledger`). The loop stands still while it looks, up to 0.7 µs an object on a busy machine, so the first
look is at few; the second, at a million, comes seldom."""

SWITCH_S = 0.001
"""How long the event loop keeps the interpreter from the ledger's thread, which gives it away with each statement of a
commit and waits for it again: with Python's 5 ms a commit of a few rows takes 100 while the loop is busy, and the
answers with it."""


def calm_collector() -> None:
    """Have Python look for garbage in rings more rarely: see COLLECTIONS."""
    gc.set_threshold(*COLLECTIONS)


def share_interpreter() -> None:
    """Have the event loop let the ledger's thread in sooner: see SWITCH_S."""
    sys.setswitchinterval(SWITCH_S)


def run(path: Path) -> int:
    """Run the gateway with the configuration at `path` until it is told to stop; the exit code."""
    faulthandler.enable()
    calm_collector()
    share_interpreter()
    notify = Notify()
    refused: list[str] = []
    passed = passed_to_us(os.environ)
    try:
        loaded = load(path)
    except Invalid as error:
        refused = [str(finding) for finding in error.findings]
        last = last_good.kept(path)
        if last is None:
            notify.status(f"the configuration is wrong: {refused[0]}")
            return _end(refused, USELESS)
        loaded = last
    set_up_log(loaded.settings.log.level)
    fault, was_ready = _run(loaded, path, notify, refused, passed)
    if fault is not None and not was_ready and not refused and (last := _another(loaded, path)) is not None:
        # The file is sound in itself, and what it asks for can't be had here: another address, a missing certificate.
        fault, _ = _run(last, path, notify, [words(fault)], passed)
    if fault is None:
        return GOOD
    notify.status(f"ended: {words(fault)}")
    return _end([words(fault)], exit_code(fault))


def _another(loaded: Loaded, path: Path) -> Loaded | None:
    """The last good configuration, where it differs in what a start may fail by."""
    last = last_good.kept(path)
    if last is None:
        return None
    here, there = ((each.settings.ocpp, each.settings.storage) for each in (loaded, last))
    return last if here != there else None


def _run(
    loaded: Loaded, path: Path, notify: Notify, refused: list[str], passed: Passed
) -> tuple[BaseException | None, bool]:
    """Run the gateway once; (why it ended, whether it was ready). `refused`: why the file is not `loaded`."""
    for line in refused:
        logging.getLogger("edgegw").error("the configuration is refused, the last good one is in force: %s", line)
    for warning in loaded.warnings:
        logging.getLogger("edgegw").warning("%s", warning)
    few = descriptors.too_few(descriptors.raised(), len(loaded.settings.stations))
    if few is not None:
        logging.getLogger("edgegw").warning("%s", few)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(loaded, path, notify, refused, passed))
    except (JournalError, OSError) as error:
        return error, False


def exit_code(error: BaseException) -> int:
    """Whether another try may help against what ended the gateway."""
    cause = error.__cause__
    if isinstance(error, StorageFull):
        return AGAIN
    if isinstance(error, NewerDatabase | Damaged | ValueError):
        return USELESS
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return USELESS
    if any(isinstance(each, OSError) and each.errno in _FOR_GOOD for each in (error, cause)):
        return USELESS
    return AGAIN


async def _serve(
    loaded: Loaded, path: Path, notify: Notify, refused: list[str], passed: Passed
) -> tuple[BaseException | None, bool]:
    from edgegw.daemon.app import Gateway
    from edgegw.hub import SiteClock

    storage = loaded.settings.storage
    clock = SiteClock()
    journal = Journal.open(storage.path, now=clock.now, budget_bytes=storage.budget, working=notify.extend)
    overdue = threading.Timer(OVERDUE_S, _give_up)
    overdue.daemon = True

    def ending() -> None:
        with contextlib.suppress(RuntimeError):  # it runs already
            overdue.start()

    gateway = Gateway(
        loaded, path, journal, notify, clock=clock, ending=ending, refused=next(iter(refused), None), passed=passed
    )
    loop = asyncio.get_running_loop()
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            os._exit(AGAIN)  # asked twice: whoever asks does not want to wait for the drain
        asked = True
        ending()
        gateway.stop()

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop)
    loop.add_signal_handler(signal.SIGHUP, gateway.reload_soon)
    fault = await gateway.run()
    if not gateway.was_ready:
        overdue.cancel()  # there may be another try
    return fault, gateway.was_ready


def _give_up() -> None:
    logging.getLogger("edgegw").error("something hangs: still there %.0f s after the end began", OVERDUE_S)
    os._exit(AGAIN)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it has a wheel; twice the frames a second."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


def _end(lines: list[str], code: int) -> int:
    prefix = "<3>" if os.environ.get("JOURNAL_STREAM") else ""
    for line in lines:
        print(f"{prefix}edgegw: {line}", file=sys.stderr)  # noqa: T201 (before there is a log; what an installer reads)
    return code
