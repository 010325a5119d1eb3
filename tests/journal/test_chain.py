"""The hash chain and what `verify` finds: every fact that is not as it was written, missing, or not in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edgegw.journal import chain
from edgegw.journal.connection import PAGE_BYTES
from edgegw.journal.store import FILE_NAME
from edgegw.journal.verify import PAGE_ROWS, Verdict, verify
from edgegw.model.facts import TokenDecided
from tests.journal.parts import NOON, a_journal, block, group, open_journal, rows, status


def verdict(folder: Path) -> Verdict:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return verify(connection, ())


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    """Ten facts, of which the fifth names a person, and three blocks."""
    token = TokenDecided(at=NOON, station="CP01", id_token="CARD1", kind="RFID", status="accepted", source="list")
    async with a_journal(tmp_path) as journal:
        facts = [status(n) for n in range(1, 11)]
        await journal.commit(group([*facts[:4], token, *facts[5:]]))
        for _ in range(3):
            whole = group([])
            whole.blocks.append(block())
            await journal.commit(whole)
    return tmp_path


async def test_a_ledger_that_was_only_written_is_good(ledger: Path) -> None:
    found = verdict(ledger)
    assert found.breaks == []
    assert (found.facts, found.personal, found.blocks, len(found.epochs)) == (10, 1, 3, 1)
    assert found.hash == rows(ledger, "SELECT hash FROM facts ORDER BY position DESC LIMIT 1")[0][0].hex()


async def test_a_value_erased_with_its_salt_leaves_the_chain_whole_and_nothing_that_tells_it(ledger: Path) -> None:
    rows(ledger, "DELETE FROM personal")
    found = verdict(ledger)
    assert found.breaks == []
    assert found.personal == 0
    ((body,),) = rows(ledger, "SELECT body FROM facts WHERE type = 'token_decided'")
    assert "CARD1" not in body
    assert chain.commitment(b"", "CARD1") not in body  # the value alone does not lead to it: it can't be guessed


async def test_the_same_value_has_another_commitment_each_time(tmp_path: Path) -> None:
    token = TokenDecided(at=NOON, station="CP01", id_token="CARD1", kind="RFID", status="accepted", source="list")
    async with a_journal(tmp_path) as journal:
        await journal.commit(group([token] * 300))
    bodies = [body for (body,) in rows(tmp_path, "SELECT body FROM facts")]
    assert len(set(bodies)) == 300
    assert verdict(tmp_path).personal == 300


async def test_a_personal_value_that_was_changed_is_found(ledger: Path) -> None:
    rows(ledger, "UPDATE personal SET value = 'CARD9'")
    assert verdict(ledger).breaks == ["fact 5: id_token is not the value that it was written with"]


@pytest.mark.parametrize(
    "edit",
    [
        "body = replace(body, 'available', 'charging')",
        "at = '2026-03-02T13:00:00.000000Z'",
        "recorded_at = '2026-03-02T13:00:00.000000Z'",
        "type = 'station_booted'",
        "subject = 'stations/CP02'",
        "id = 'other'",
        "clock = 'unsynced'",
        "hash = x'00'",
    ],
)
async def test_a_fact_that_was_edited_is_found(ledger: Path, edit: str) -> None:
    rows(ledger, f"UPDATE facts SET {edit} WHERE position = 7")
    found = verdict(ledger).breaks
    assert found[0] == "fact 7: it is not as it was written, or not in its place"
    assert len(found) == (2 if edit.startswith("hash") else 1)  # another hash breaks the link to the next one as well


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("position = 7", "fact 7 is missing"),
        ("position BETWEEN 3 AND 6", "facts 3 to 6 are missing"),
        ("position <= 2", "facts 1 to 2 are missing"),
    ],
)
async def test_a_missing_fact_is_found(ledger: Path, gone: str, told: str) -> None:
    rows(ledger, f"DELETE FROM facts WHERE {gone}")
    breaks = verdict(ledger).breaks
    assert told in breaks
    assert len(breaks) == (2 if "<=" in gone else 1)  # what began the chain is gone: nothing says what stood there


async def test_a_missing_fact_whose_gap_was_closed_is_found(ledger: Path) -> None:
    rows(ledger, "DELETE FROM facts WHERE position = 7")
    rows(ledger, "UPDATE facts SET position = position - 1, sequence = sequence - 1 WHERE position > 7")
    assert verdict(ledger).breaks[0] == "fact 7: it is not as it was written, or not in its place"


async def test_facts_cut_off_at_the_end_are_found_when_the_cloud_has_them(ledger: Path) -> None:
    async with a_journal(ledger) as journal:
        await journal.set_cursor("cloud", "A", journal.position("A").epoch, 10)
        await journal.set_cursor("cloud", "B", journal.position("B").epoch, 3)
    assert verdict(ledger).breaks == []
    rows(ledger, "DELETE FROM facts WHERE position > 8")
    rows(ledger, "DELETE FROM blocks WHERE position > 2")
    assert verdict(ledger).breaks == [
        "facts 9 to 10 are missing at the end: cloud has had it all up to 10",
        "block 3 is missing at the end: cloud has had it all up to 3",
    ]


async def test_swapped_facts_are_found(ledger: Path) -> None:
    rows(ledger, "UPDATE facts SET position = 99 WHERE position = 3")
    rows(ledger, "UPDATE facts SET position = 3, sequence = 3 WHERE position = 8")
    rows(ledger, "UPDATE facts SET position = 8, sequence = 8 WHERE position = 99")
    assert "fact 3: it is not as it was written, or not in its place" in verdict(ledger).breaks
    assert "fact 8: it is not as it was written, or not in its place" in verdict(ledger).breaks


async def test_a_missing_block_is_found(ledger: Path) -> None:
    rows(ledger, "DELETE FROM blocks WHERE position = 2")
    assert verdict(ledger).breaks == ["block 2 is missing"]


async def test_a_page_of_the_file_that_was_overwritten_is_found(ledger: Path) -> None:
    file = ledger / FILE_NAME
    ((root,),) = rows(ledger, "SELECT rootpage FROM sqlite_schema WHERE name = 'connectors'")
    with file.open("r+b") as raw:
        raw.seek((root - 1) * PAGE_BYTES)
        raw.write(b"\xff" * 100)
    breaks = verdict(ledger).breaks
    assert breaks
    assert all(line.startswith("the file is damaged: ") and "\n" not in line for line in breaks)


async def test_the_chain_goes_on_over_pages_and_over_a_new_epoch(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.commit(group(status(n) for n in range(PAGE_ROWS + 1)))
        old = journal.position("A").epoch
    rows(tmp_path, "INSERT INTO epochs VALUES (2, 'second', '2026-03-03T00:00:00.000000Z', 'restore')")
    async with a_journal(tmp_path) as journal:
        assert journal.position("A").head == 0
        assert journal.position("A").tail == 1
        assert journal.position("A").epoch == "second" != old
        assert await journal.commit(group([status(1), status(2)])) == 1
        assert journal.position("A").head == 2
    found = verdict(tmp_path)
    assert found.breaks == []
    assert (found.facts, len(found.epochs)) == (PAGE_ROWS + 3, 2)
    rows(tmp_path, "UPDATE facts SET clock = 'corrected' WHERE position = ?", PAGE_ROWS + 1)
    assert verdict(tmp_path).breaks == [f"fact {PAGE_ROWS + 1}: it is not as it was written, or not in its place"]


async def test_an_empty_ledger_is_good(tmp_path: Path) -> None:
    await open_journal(tmp_path).close()
    assert verdict(tmp_path).breaks == []
