"""Files on disk: whole or not at all, within their room, for their time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.files import FileRefused, Shelf
from edgegw.files.shelf import FIRMWARE, RESERVE
from edgegw.files.tickets import Tickets
from tests.support.clock import FakeClock


def a_shelf(folder: Path, clock: FakeClock | None = None, **changed: Any) -> Shelf:
    values: dict[str, Any] = {"budget_bytes": 1000, "max_bytes": 600, "keep_s": 3600.0}
    shelf = Shelf(folder / "files", now=(clock or FakeClock()).now, **values | changed)
    shelf.open()
    return shelf


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def put(shelf: Shelf, id: str, *parts: bytes, kind: str = "security") -> Any:
    return await shelf.take(id, chunks(*parts), kind=kind, name=lambda: f"{id}.zip", station="CP01")


async def test_a_file_is_there_again_after_a_restart_with_its_digest(tmp_path: Path) -> None:
    stored = await put(a_shelf(tmp_path), "a", b"one", b"two")
    assert (stored.size, stored.sha256) == (6, hashlib.sha256(b"onetwo").hexdigest())
    again = a_shelf(tmp_path)
    assert again.files() == [stored]
    assert again.path("a").read_bytes() == b"onetwo"


async def test_of_what_was_cut_off_nothing_stays(tmp_path: Path) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"half"
        raise EOFError("gone")

    shelf = a_shelf(tmp_path)
    with pytest.raises(EOFError):
        await shelf.take("a", cut(), kind="security", name=lambda: "a")
    (tmp_path / "files" / "data" / "b.part~").write_bytes(b"from a power cut")
    (tmp_path / "files" / "data" / "c").write_bytes(b"without what is known of it")
    assert a_shelf(tmp_path).files() == []
    assert list((tmp_path / "files" / "data").iterdir()) == []


@pytest.mark.parametrize("id", ["", "../a", "a/b", ".hidden", "a" * 101, "ação", "a\n"])
async def test_a_name_that_is_no_name_of_a_file_is_refused(tmp_path: Path, id: str) -> None:
    with pytest.raises(FileRefused) as refused:
        await put(a_shelf(tmp_path), id, b"x")
    assert refused.value.kind == "invalid"


async def test_what_is_too_large_is_refused_as_soon_as_it_is(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    with pytest.raises(FileRefused) as refused:
        await put(shelf, "a", b"x" * 601)
    assert refused.value.kind == "too-large"
    assert shelf.files() == []


async def test_the_oldest_log_makes_room_and_firmware_does_not(tmp_path: Path) -> None:
    clock = FakeClock()
    shelf = a_shelf(tmp_path, clock)
    await put(shelf, "fw", b"x" * 300, kind=FIRMWARE)
    for id in ("old", "new"):
        clock.advance(1)
        await put(shelf, id, b"x" * 300)
    clock.advance(1)
    await put(shelf, "newest", b"x" * 400)
    assert [each.id for each in shelf.files()] == ["newest", "new", "fw"]
    with pytest.raises(FileRefused, match="budget"):
        await put(a_shelf(tmp_path, clock, budget_bytes=600), "more", b"x" * 400, kind=FIRMWARE)


async def test_the_last_of_the_disk_is_the_ledgers(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path, disk_free=lambda folder: RESERVE + 2)
    await put(shelf, "a", b"12")
    with pytest.raises(FileRefused, match="ledger") as refused:
        await put(shelf, "b", b"123")
    assert refused.value.kind == "unavailable"


async def test_a_log_goes_when_its_time_is_over(tmp_path: Path) -> None:
    clock = FakeClock()
    shelf = a_shelf(tmp_path, clock)
    await put(shelf, "log", b"x")
    await put(shelf, "fw", b"x", kind=FIRMWARE)
    clock.advance(3599)
    shelf.tidy()
    assert len(shelf.files()) == 2
    clock.advance(1)
    shelf.tidy()
    assert [each.id for each in shelf.files()] == ["fw"]
    assert not shelf.path("log").exists()


async def test_two_files_of_one_name_are_not_taken(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    await put(shelf, "a", b"x")
    with pytest.raises(FileRefused) as refused:
        await put(shelf, "a", b"y")
    assert refused.value.kind == "conflict"
    assert shelf.path("a").read_bytes() == b"x"


def test_a_ticket_outlives_a_restart_and_not_its_time(tmp_path: Path) -> None:
    clock = FakeClock()
    path = tmp_path / "tickets.json"
    tickets = Tickets(path, clock.now)
    ends = clock.now().replace(year=clock.now().year + 1)
    token = tickets.issue("put", station="CP01", kind="security", expires_at=ends, left=2, command="c1")
    assert token not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    again = Tickets(path, clock.now)
    ticket = again.find(token)
    assert ticket is not None
    assert (ticket.station, ticket.command, again.find(token[:-1])) == ("CP01", "c1", None)
    again.use(ticket)
    assert again.find(token) is not None
    again.use(ticket)
    assert (again.find(token), Tickets(path, clock.now).find(token)) == (None, None)
    other = again.issue("put", station="CP01", kind="security", expires_at=ends, left=1)
    clock.advance(366 * 86400)
    assert again.find(other) is None


def test_tickets_that_can_not_be_read_are_none(tmp_path: Path) -> None:
    path = tmp_path / "tickets.json"
    path.write_text('[{"digest": "x"}, 7]')
    assert Tickets(path, FakeClock().now).find("x") is None


def test_a_full_disk_costs_no_file_that_went_over_its_ticket(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    tickets = Tickets(tmp_path / "gone" / "tickets.json", clock.now)
    (tmp_path / "gone").mkdir()
    about: Any = {"station": "CP01", "kind": "firmware", "expires_at": clock.now() + timedelta(hours=1)}
    token = tickets.issue("fetch", **about, left=1)
    ticket = tickets.find(token)
    assert ticket is not None
    (tmp_path / "gone" / "tickets.json").unlink()
    (tmp_path / "gone").rmdir()
    tickets.use(ticket)
    assert tickets.find(token) is None
    assert "can't be kept" in caplog.text
