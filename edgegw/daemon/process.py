"""`edgegw run`: reads the file, opens the ledger, runs the gateway under signals, and says how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import faulthandler
import logging
import os
import resource
import signal
import sys
from pathlib import Path

from edgegw.daemon.notify import Notify
from edgegw.journal.errors import Damaged, JournalError, NewerDatabase, StorageFull
from edgegw.journal.journal import Journal
from edgegw.settings import Invalid, Loaded, load

GOOD, AGAIN, USELESS = 0, 1, 78
"""Exit codes: good; failed, another try may help; another try won't help (EX_CONFIG)."""

_LEVELS = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _JournaldFormatter(logging.Formatter):
    """Lines with the `<N>` prefix by which journald knows their level."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_LEVELS.get(record.levelno, 6)}>{super().format(record)}"


def set_up_log(level: str) -> None:
    """Log to stderr: for journald when it is at the other end, else with time and level."""
    handler = logging.StreamHandler()
    if os.environ.get("JOURNAL_STREAM"):
        handler.setFormatter(_JournaldFormatter("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # A frame that breaks the websocket protocol is a station's fault and has a line of ours.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    logging.getLogger("edgegw.stations.websocket").setLevel(logging.CRITICAL)
    for noisy in ("uvicorn", "pymodbus", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def run(path: Path) -> int:
    """Run the gateway with the configuration at `path` until it is told to stop; the exit code."""
    faulthandler.enable()
    notify = Notify()
    try:
        loaded = load(path)
    except Invalid as error:
        notify.status(f"the configuration is wrong: {error.findings[0]}")
        return _end("\n".join(str(finding) for finding in error.findings), USELESS)
    set_up_log(loaded.settings.log.level)
    for warning in loaded.warnings:
        logging.getLogger("edgegw").warning("%s", warning)
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(loaded, path, notify))
    except StorageFull as error:
        return _end(str(error), AGAIN)
    except (NewerDatabase, Damaged, JournalError) as error:
        return _end(str(error), USELESS)
    except OSError as error:
        return _end(error.strerror or str(error), AGAIN)


async def _serve(loaded: Loaded, path: Path, notify: Notify) -> int:
    from edgegw.daemon.app import Gateway
    from edgegw.hub import utc_now

    storage = loaded.settings.storage
    journal = Journal.open(storage.path, now=utc_now, budget_bytes=storage.budget)
    gateway = Gateway(loaded, path, journal, notify)
    loop = asyncio.get_running_loop()
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            os._exit(AGAIN)  # asked twice: whoever asks does not want to wait for the drain
        gateway.stop()

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop)
    loop.add_signal_handler(signal.SIGHUP, gateway.reload_soon)
    error = await gateway.run()
    if error is None:
        return GOOD
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    wrong_for_good = isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EADDRNOTAVAIL)
    return _end(text, USELESS if wrong_for_good else AGAIN)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it has a wheel; twice the frames a second."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


def _end(text: str, code: int) -> int:
    for line in text.splitlines():
        print(f"edgegw: {line}", file=sys.stderr)  # noqa: T201 (before there is a log, and what an installer reads)
    return code
