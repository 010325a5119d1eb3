"""What proves a ledger, and what a proof can't be made of."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from edgegw.journal.anchors import SiteKey
from tests.journal.parts import NOON, a_journal, block, group, rows, status
from tests.journal.proofs import charge, forge, opened, prune, sign_now, verified
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub


async def signed(folder: Path) -> tuple[bytes, int]:
    """A ledger with two bills, signed behind the first; the key, and the position that is signed."""
    clock = FakeClock()
    async with a_hub(folder, clock) as hub:
        await charge(hub, clock)
        anchor = await sign_now(hub)
        await charge(hub, clock)
    return anchor.key, anchor.position


async def test_a_ledger_is_proven_from_its_beginning_with_the_sites_signatures(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    verdict = verified(tmp_path, key)
    assert verdict.breaks == verdict.gaps == []
    assert (verdict.signatures, verdict.signed, verdict.begins) == (1, position, None)
    (epoch,) = verdict.epochs
    assert (epoch.reason, epoch.facts, epoch.first, epoch.last) == ("new ledger", verdict.facts, 1, verdict.facts)
    assert (epoch.blocks, epoch.samples) == (verdict.blocks, 6)
    ((last,),) = rows(tmp_path, "SELECT hash FROM facts ORDER BY position DESC LIMIT 1")
    assert verdict.hash == last.hex()


async def test_a_forger_who_knows_the_chain_is_told_by_the_signature(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    forge(tmp_path, "transaction_metered", "1010000", "1000500")
    assert verified(tmp_path, key).breaks == [
        f"the signature of 2026-03-02T13:00:00.000000Z at fact {position} is over another fact than the one that "
        "stands there"
    ]


async def test_a_signature_that_was_made_up_does_not_hold(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    rows(tmp_path, "UPDATE anchors SET signed_at = replace(signed_at, '2026', '2025')")
    assert verified(tmp_path, key).breaks == [
        f"the signature of 2025-03-02T13:00:00.000000Z at fact {position} does not hold"
    ]


async def test_a_signature_of_another_key_is_told_and_counts_once_that_key_is_trusted(tmp_path: Path) -> None:
    key, _ = await signed(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    verdict = verified(tmp_path, SiteKey.open(other).public)
    assert [f"is of another key, {key.hex()};" in line for line in verdict.breaks] == [True]
    assert verdict.signatures == verdict.signed == 0
    assert verified(tmp_path, SiteKey.open(other).public, key).breaks == []


async def test_after_pruning_the_proof_begins_at_the_signature(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    prune(tmp_path, position, "delivered", NOON)
    verdict = verified(tmp_path, key)
    assert verdict.breaks == []
    assert verdict.begins is not None
    assert verdict.begins.startswith(f"fact {position} of epoch ")
    (gap,) = verdict.gaps
    assert re.fullmatch(rf"facts 1 to {position} are not held in epoch \w+: delivered", gap)


async def test_after_pruning_the_first_fact_held_is_proven_too(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    prune(tmp_path, position, "delivered", NOON)
    first = position + 1
    rows(tmp_path, "UPDATE facts SET at = '2026-03-02T13:00:01.000000Z' WHERE position = ?", first)
    assert verified(tmp_path, key).breaks == [f"fact {first}: it is not as it was written, or not in its place"]


async def test_facts_that_went_without_a_signature_are_a_break(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    rows(tmp_path, "DELETE FROM anchors")
    prune(tmp_path, position, "delivered", NOON)
    assert verified(tmp_path, key).breaks == ["the oldest facts are gone, and no signature says what stood there"]


async def test_what_a_damaged_file_has_lost_is_told_and_is_no_break(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    prune(tmp_path, position, "damaged", NOON)
    verdict = verified(tmp_path, key)
    assert verdict.breaks == []
    assert verdict.begins == "what a damaged file has lost, so nothing proves what stood before"


async def test_a_number_that_no_gap_accounts_for_is_missing(tmp_path: Path) -> None:
    key, position = await signed(tmp_path)
    prune(tmp_path, position, "delivered", NOON)
    rows(tmp_path, "UPDATE gaps SET last = last - 3")
    breaks = verified(tmp_path, key).breaks
    assert f"facts {position - 2} to {position} are missing" in breaks


async def test_an_end_that_was_cut_off_is_told_by_the_signature_over_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await charge(hub, clock)
        anchor = await sign_now(hub)
    rows(tmp_path, "DELETE FROM facts WHERE position >= ?", anchor.position)
    (line,) = verified(tmp_path, anchor.key).breaks
    assert line.startswith(f"fact {anchor.sequence} is missing at the end: it was signed ")


async def test_the_boot_that_a_fact_names_is_part_of_what_was_written(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.commit(group(status(number) for number in range(3)))
    assert verified(tmp_path).breaks == []
    rows(tmp_path, "UPDATE boots SET id = '00000000-0000-0000-0000-000000000000'")
    assert len(verified(tmp_path).breaks) == 3


async def test_blocks_that_are_missing_are_explained_by_a_gap_or_a_break(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        for _ in range(6):
            held = group([])
            held.blocks.append(block())
            await journal.commit(held)
    rows(tmp_path, "DELETE FROM blocks WHERE sequence IN (2, 3, 5)")
    with closing(opened(tmp_path)) as connection:
        connection.execute("INSERT INTO gaps VALUES ('B', 1, 2, 3, 'dropped', 6, '')")
    verdict = verified(tmp_path)
    assert verdict.breaks == ["block 5 is missing"]
    assert [line.split(" not held")[0] for line in verdict.gaps] == ["blocks 2 to 3 are"]
