"""The gateway in the test's own process: what a real one shows too late, or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edgegw.daemon import app
from edgegw.daemon.app import Gateway
from edgegw.hub import utc_now
from edgegw.journal import Journal, StorageError
from edgegw.notify import Notify
from edgegw.settings import load
from edgegw.simulate import Station
from tests.daemon.gateways import Running, gateway
from tests.support.vault import ROOT, vault


class Told(Notify):
    """Remembers what the service manager would be told."""

    def __init__(self, watchdog_s: float = 0.0) -> None:
        super().__init__({})
        self.watchdog_s = watchdog_s
        self.lines: list[str] = []
        self.is_ready = asyncio.Event()

    def send(self, *lines: str) -> None:
        self.lines += lines
        if "READY=1" in lines:
            self.is_ready.set()


@asynccontextmanager
async def started(files: Running, notify: Told, ended: asyncio.Event) -> AsyncIterator[asyncio.Task[object]]:
    """A gateway that is ready; it is told to stop at the end, and its task is the result of its run."""
    loaded = load(files.file)
    journal = Journal.open(loaded.settings.storage.path, now=utc_now)
    running = Gateway(loaded, files.file, journal, notify, ending=ended.set)
    task: asyncio.Task[object] = asyncio.create_task(running.run())
    try:
        async with asyncio.timeout(10):
            await notify.is_ready.wait()
        yield task
    finally:
        running.stop()
        await asyncio.wait({task})


@pytest.mark.parametrize("turns", range(8))
async def test_a_stop_that_meets_an_answer_of_the_ledger_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def record(*facts: object) -> None:
        asked.set()
        await answered.wait()

    with gateway() as files:
        loaded = load(files.file)
        notify = Told()
        running = Gateway(loaded, files.file, Journal.open(loaded.settings.storage.path, now=utc_now), notify)
        task = asyncio.create_task(running.run())
        async with asyncio.timeout(10):
            await notify.is_ready.wait()
            monkeypatch.setattr(running.hub, "record", record)
            await asked.wait()
        running.stop()
        for _ in range(turns):
            await asyncio.sleep(0)
        answered.set()
        async with asyncio.timeout(5):
            await task


async def test_a_ledger_that_takes_no_writes_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "LEDGER_S", 0.3)
    monkeypatch.setattr(app, "LOOK_EVERY_S", 0.1)
    notify, ended = Told(), asyncio.Event()
    with gateway() as files:
        async with started(files, notify, ended) as task:
            with files.ledger_held():
                await asyncio.wait_for(ended.wait(), 5)
            error = await task
    assert isinstance(error, StorageError)
    assert "the ledger has not answered for" in str(error)


async def test_a_loop_that_stands_still_feeds_no_watchdog() -> None:
    notify, ended = Told(watchdog_s=0.3), asyncio.Event()
    with gateway() as files:
        async with started(files, notify, ended) as task:
            async with asyncio.timeout(5):
                while notify.lines.count("WATCHDOG=1") < 2:
                    await asyncio.sleep(0.01)
            before = notify.lines.count("WATCHDOG=1")
            time.sleep(0.5)
            assert notify.lines.count("WATCHDOG=1") == before
        assert task.result() is None


async def test_a_service_that_fails_leaves_the_others_alone_and_is_told_in_the_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("edgegw.meters.service.Meters.__init__", broken)
    notify, ended = Told(), asyncio.Event()
    with gateway() as files:
        async with started(files, notify, ended) as task:
            assert any(line.endswith("; trouble with meters") for line in notify.lines)
            site = await asyncio.to_thread(files.api().ask, "GET", "/api/v1/site")
            assert site["services"]["meters"]["reason"] == "ours"
            assert {name for name, each in site["services"].items() if each["state"] == "running"} == {
                "stations", "certificates", "control",
            }  # fmt: skip
        assert task.result() is None


async def test_a_password_that_vault_has_later_is_taken_up_without_a_reload(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("edgegw.daemon.keyring.LOOK_EVERY_S", 0.05)
    monkeypatch.setenv("EDGEGW_CREDENTIAL_VAULT_TOKEN", ROOT)
    with vault(tmp_path) as server, gateway() as files:
        files.write(
            stations="[{id: CP01, security_profile: 1, password: {credential: 'vault:stations#cp01'}}]",
            more=f"secrets: {{vault: {{url: '{server.url}', path: secret/edgegw, ca: {server.ca}, refresh: 1s}}}}\n",
        )
        server.sealed = True
        async with started(files, Told(), asyncio.Event()):

            async def comes(password: str) -> bool:
                try:
                    async with Station("CP01", "1.6", url=f"ws://127.0.0.1:{files.port}", password=password) as one:
                        async with asyncio.timeout(2):
                            await one.until(lambda: one.booted)
                except TimeoutError:
                    return False
                return True

            assert not await comes("first-password-51")
            server.secrets = {"secret/edgegw/stations": {"cp01": "first-password-51"}}
            server.sealed = False
            await asyncio.sleep(0.5)
            assert await comes("first-password-51")
