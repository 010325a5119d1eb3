"""`edgegw run` under a system clock that is at 1970, arrives, leaps by years and comes back (libfaketime)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from edgegw.hub.clock import BUILT, vouched
from tests.daemon.gateways import PATIENCE_S, Running, Station, gateway, station
from tests.support.faketime import LIBRARY, MISSING, NEVER_SET, TRUE, SystemClock

pytestmark = pytest.mark.skipif(LIBRARY is None, reason=f"SKIPPED: {MISSING}")


def time_of(one: Station) -> datetime:
    return datetime.fromisoformat(one.call("Heartbeat", {})["currentTime"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def start_of(running: Running, transaction: int) -> datetime:
    items = running.api().ask("GET", "/api/v1/transactions")["items"]
    return datetime.fromisoformat(next(each["started_at"] for each in items if each["number"] == transaction))


def clocks(running: Running) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(running.folder / "store" / "journal.db")) as ledger:
        return ledger.execute("SELECT type, clock FROM facts ORDER BY position").fetchall()


def is_now(at: datetime) -> bool:
    return abs(at - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_at_1970_and_leaping_by_years() -> None:
    with gateway() as running:
        clock = SystemClock(running.folder)
        clock.set(NEVER_SET)
        running.ready(**clock.environment)
        with station(running) as one:
            told = datetime.fromisoformat(one.boot()["currentTime"])
            assert BUILT <= told < datetime.now(UTC)
            begin = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": told.isoformat()}
            number = one.call("StartTransaction", begin)["transactionId"]
            assert start_of(running, number) == told
            assert {clock for _, clock in clocks(running)} == {"unsynced"}
            # The time arrives.
            began = datetime.now(UTC)
            clock.set(TRUE)
            until(lambda: ("clock_corrected", "corrected") in clocks(running))
            assert is_now(time_of(one))
            assert abs(start_of(running, number) - began) < timedelta(seconds=5)
            # It leaps, and nobody vouches for it, unless this machine's kernel really follows a time source.
            clock.set("+5y")
            time.sleep(2.5)
            if not vouched():
                assert is_now(time_of(one))
            clock.set(TRUE)
            until(lambda: is_now(time_of(one)))
            kinds = [kind for kind, _ in clocks(running)]
            assert kinds.count("clock_corrected") == (3 if vouched() else 1)
        assert running.stop() == 0
        # And again without a clock, with a ledger that knows better.
        clock.set(NEVER_SET)
        running.forget()
        running.ready(**clock.environment)
        with station(running) as one:
            assert datetime.fromisoformat(one.boot()["currentTime"]) > began
        assert running.stop() == 0
        verify = [sys.executable, "-m", "edgegw", "journal", "verify", "-c", str(running.file)]
        assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
