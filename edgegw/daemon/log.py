"""The log of a process."""

from __future__ import annotations

import logging

from edgegw.daemon import journald


def set_up_log(level: str) -> None:
    """Log to the journal, with fields, when it is at the other end of stderr; else to stderr."""
    root = logging.getLogger()
    root.handlers[:] = [journald.handler()]
    root.setLevel(level.upper())
    # A frame that breaks the websocket protocol is a station's fault and has a line of ours.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    logging.getLogger("edgegw.stations.websocket").setLevel(logging.CRITICAL)
    for noisy in ("uvicorn", "pymodbus", "asyncio", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
