"""The log of a process: to stderr, for journald when it is at the other end."""

from __future__ import annotations

import logging
import os

_LEVELS = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _JournaldFormatter(logging.Formatter):
    """Lines with the `<N>` prefix by which journald knows their level."""

    def format(self, record: logging.LogRecord) -> str:
        level = _LEVELS.get(record.levelno, 6)
        return "\n".join(f"<{level}>{line}" for line in super().format(record).splitlines())


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
    for noisy in ("uvicorn", "pymodbus", "asyncio", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
