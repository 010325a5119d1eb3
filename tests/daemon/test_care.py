"""The days' signatures, and the commands that sign and erase."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgegw.daemon.care import Care
from edgegw.hub import Hub
from edgegw.journal.anchors import public_key
from edgegw.journal.reader import StoredFact
from edgegw.model import facts as f
from edgegw.model.commands import Command
from tests.journal.proofs import charge, verified
from tests.support.clock import FakeClock, Machine
from tests.support.hubs import a_hub
from tests.support.ledgers import check

BEFORE_MIDNIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
"""An hour before the third of March begins in São Paulo."""


async def anchored(hub: Hub) -> list[StoredFact]:
    return await hub.journal.reader.facts(type="journal_anchored")


async def test_each_day_is_signed_once_when_it_has_ended_at_the_site(tmp_path: Path) -> None:
    clock = FakeClock(BEFORE_MIDNIGHT)
    async with a_hub(tmp_path, clock) as hub:
        care = Care(hub, hub.journal)
        assert await care.sign_day() is None
        await charge(hub, clock)  # ends at midnight
        clock.advance(-1)
        head = hub.journal.position("A").head
        assert await care.sign_day() is None
        clock.advance(2)
        await hub.record(f.MeterStale(at=clock.now(), meter="grid", reason="of the new day"))
        anchor = await care.sign_day()
        assert anchor is not None
        assert await care.sign_day() is None
        (told,) = await anchored(hub)
        ended = [
            fact.sequence
            for fact in await hub.journal.reader.facts()
            if fact.recorded_at < datetime(2026, 3, 3, 3, tzinfo=UTC)
        ]
    assert anchor.sequence == ended[-1] < head
    assert told.body == {
        "epoch": anchor.epoch, "sequence": anchor.sequence, "hash": anchor.hash.hex(), "signed_at": anchor.signed_at,
        "key": anchor.key.hex(), "signature": anchor.signature.hex(), "day": "2026-03-02",
    }  # fmt: skip
    assert anchor.key == public_key(tmp_path)
    assert verified(tmp_path, anchor.key).signatures == 1
    check(tmp_path)


async def test_a_day_that_ended_while_the_gateway_was_off_is_signed_at_its_next_start(tmp_path: Path) -> None:
    clock = FakeClock(BEFORE_MIDNIGHT)
    async with a_hub(tmp_path, clock) as hub:
        last = hub.journal.position("A").head
    clock.advance(3 * 86_400)
    async with a_hub(tmp_path, clock) as hub:
        anchor = await Care(hub, hub.journal).sign_day()
        (told,) = await anchored(hub)
        assert await Care(hub, hub.journal).sign_day() is None  # as after a restart on the same day
    assert anchor is not None
    assert (anchor.sequence, told.body["day"]) == (last, "2026-03-04")


async def test_nothing_is_signed_by_a_clock_that_nobody_vouches_for(tmp_path: Path) -> None:
    async with a_hub(tmp_path, FakeClock(BEFORE_MIDNIGHT)):
        pass
    async with a_hub(tmp_path, FakeClock(BEFORE_MIDNIGHT + timedelta(days=1))) as hub:
        hub.clock = Machine().site_clock()
        assert hub.clock.state == "unsynced"
        assert await Care(hub, hub.journal).sign_day() is None
        assert await anchored(hub) == []


async def test_a_command_signs_up_to_now(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Care(hub, hub.journal).carry_out()
        id = await charge(hub, clock)
        billed = hub.journal.position("A").head
        outcome = await hub.submit(Command("c1", "sign_journal"), wait_s=10)
        assert outcome.state == "done"
        assert outcome.result is not None
        assert outcome.result["sequence"] > billed
        (told,) = await anchored(hub)
    assert told.body["signature"]
    assert told.body["day"] is None
    assert id


async def test_a_command_erases_and_forgets_whom(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Care(hub, hub.journal).carry_out()
        await charge(hub, clock)
        outcome = await hub.submit(Command("c1", "erase_personal_data", {"id_token": "CARD1"}), wait_s=10)
        assert outcome.state == "done"
        told = {"values": 2, "rows": 2, "settled": True, "stations": []}  # its own argument and row among them
        assert outcome.result == told
        await hub.journal.call(lambda store: store.scrub())
        assert not any(b"CARD1" in path.read_bytes() for path in tmp_path.iterdir())
    check(tmp_path)


async def test_a_command_that_names_nothing_or_too_much_or_what_runs_is_rejected(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Care(hub, hub.journal).carry_out()
        for number, args in enumerate(({}, {"id_token": "A", "transaction": "t"}, {"transaction": "t9"})):
            outcome = await hub.submit(Command(f"c{number}", "erase_personal_data", args), wait_s=10)
            assert outcome.state == "rejected"
    assert not any(isinstance(fact, f.PersonalDataErased) for fact in check(tmp_path))


async def test_a_key_that_can_not_be_read_fails_the_command_and_no_more(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        Care(hub, hub.journal).carry_out()
        (tmp_path / "site.key").write_text("lost")
        outcome = await hub.submit(Command("c1", "sign_journal"), wait_s=10)
        assert outcome.state == "failed"
        assert outcome.reason is not None
        assert "this is no Ed25519 key" in outcome.reason
