"""`edgegw ingest` as its own process, between a real hub and a real database."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edgegw.cloud.ingest import main
from edgegw.cloud.postgres import PostgresStore
from tests.cloud.queries import select
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.uplink.parts import (
    brokers,
    cloud_rows,
    delivered,
    journal_rows,
    nothing,
    open_hub,
    running,
    until,
    uplink,
    write_facts,
    write_samples,
)

RUN = "import sys; from edgegw.cloud.ingest import main; sys.exit(main(sys.argv[1:]))"


@asynccontextmanager
async def ingest(
    broker: Mosquitto, database: str, *options: str, says: str = "connected to {url}"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that has said that it is connected, or what else; killed at the end when it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, "--broker", broker.url, "--database", database, *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await said(process, says.format(url=broker.url))
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == f"ingest: {line}\n".encode()


async def test_an_ingest_killed_in_the_middle_and_started_again_has_each_row_once(
    tmp_path: Path, broker: Mosquitto
) -> None:
    database = f"sqlite:///{tmp_path}/cloud.db"
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 6000)
        await write_samples(hub, 600)
        service = uplink(hub, brokers(broker.url, "hub"), max_batch=2048)
        async with running(service, nothing):
            for at in (300, 2000):
                async with ingest(broker, database) as process:
                    await until(lambda at=at: service.status().streams["A"].acknowledged > at)  # type: ignore[misc]
                    assert service.status().streams["A"].backlog > 0
                    process.kill()
            async with ingest(broker, database) as process:
                await until(lambda: delivered(hub, service))
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
        assert cloud_rows(tmp_path / "cloud.db") == await journal_rows(hub)


async def test_postgresql_holds_what_the_journal_holds(tmp_path: Path, broker: Mosquitto, postgres: str) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 500)
        await write_samples(hub, 120)
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing), ingest(broker, postgres):
            await until(lambda: delivered(hub, service))
        store = PostgresStore(postgres)
        store.open()
        found = store._connection.execute("SELECT sequence, id, hash FROM facts ORDER BY sequence").fetchall()
        samples = store._connection.execute("SELECT count(*) FROM readings WHERE name = 'power_w'").fetchone()
        store._connection.commit()
        store.close()
        assert found == await journal_rows(hub)
        assert samples == (120,)


async def test_parts_of_a_fleet_side_by_side_and_one_that_takes_over_from_a_killed_one(
    tmp_path: Path, broker: Mosquitto, postgres: str
) -> None:
    standing_by = "standing by, another one has this share"
    async with open_hub(tmp_path / "even", id="123456789") as even, open_hub(tmp_path / "odd") as odd:
        hubs = {"123456789": even, "paulista-01": odd}  # parts 0 and 1 of 2
        services = {id: uplink(hub, brokers(broker.url, id), max_batch=2048) for id, hub in hubs.items()}
        for hub in hubs.values():
            await write_facts(hub, 4000)
            await write_samples(hub, 600)
        async with (
            ingest(broker, postgres, "--partition", "0/2"),
            ingest(broker, postgres, "--partition", "1/2") as first,
            ingest(broker, postgres, "--partition", "1/2", says=standing_by) as second,
            running(services["123456789"], nothing),
            running(services["paulista-01"], nothing),
        ):
            await until(lambda: services["paulista-01"].status().streams["A"].acknowledged > 300)
            first.kill()
            await said(second, f"connected to {broker.url}")
            await until(lambda: all(delivered(hubs[id], service) for id, service in services.items()))
            assert await first.wait() == -signal.SIGKILL
        store = PostgresStore(postgres)
        store.open()
        for id, hub in hubs.items():
            sql = f"SELECT sequence, id, hash FROM facts WHERE site = '{id}' ORDER BY sequence"
            assert select(store, sql) == await journal_rows(hub)
            [(samples, blocks)] = select(store, f"SELECT sum(samples), count(*) FROM blocks WHERE site = '{id}'")
            assert (samples, blocks) == (600, hub.journal.position("B").head)
        store.close()


async def test_an_unusable_database_does_not_fill_the_log(tmp_path: Path, broker: Mosquitto) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, "--broker", broker.url, "--database", f"postgresql://x@127.0.0.1:{free_port()}/x",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    first = (await process.stderr.readline()).decode()
    assert "the database is not usable (open: 127.0.0.1: connection failed" in first
    await asyncio.sleep(2.5)  # it has tried again by now
    process.send_signal(signal.SIGTERM)
    rest = (await process.stderr.read()).decode().splitlines()
    assert [line.partition(";")[0] for line in rest] == ["INFO edgegw.cloud: stopped"]
    assert await process.wait() == 0


async def test_a_renewed_password_is_used_without_a_restart(tmp_path: Path, broker: Mosquitto) -> None:
    secret = tmp_path / "password"
    secret.write_text("old")
    options = ("--username", "cloud", "--password-file", str(secret))
    async with ingest(broker, f"sqlite:///{tmp_path}/cloud.db", *options) as process:
        secret.write_text("new")
        async with asyncio.timeout(30):  # the file is looked at every 10 s
            await said(process, f"connected to {broker.url}")


async def test_two_ingests_share_a_fleet_by_their_sites(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        await write_facts(hub, 20)
        service = uplink(hub, brokers(broker.url, "hub"))
        other, ours = f"sqlite:///{tmp_path}/other.db", f"sqlite:///{tmp_path}/cloud.db"
        async with (
            ingest(broker, other, "--sites", "elsewhere", "--client-id", "two"),
            ingest(broker, ours, "--sites", "paulista-01,more"),
            running(service, nothing),
        ):
            await until(lambda: delivered(hub, service))
        assert len(cloud_rows(tmp_path / "cloud.db")) == 21
        assert cloud_rows(tmp_path / "other.db") == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--broker", "http://b", "--database", "sqlite:///x.db"], "a broker is mqtt://host:port"),
        (["--broker", "mqtt://b", "--database", "mysql://h/d"], "a database is sqlite:///path.db"),
        (["--broker", "mqtt://b", "--database", "sqlite:///x.db", "--password-file", "/nowhere"], "No such file"),
        (["--broker", "mqtt://b", "--database", "sqlite:///x.db", "--partition", "4/4"], "0/4 to 3/4"),
    ],
)
def test_what_another_try_would_not_help_is_one_line_and_exit_78(
    args: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 78
    assert says in capsys.readouterr().err
