"""What goes from a ledger, what never does, and what stands in its place."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.journal import Journal, retention
from edgegw.journal.group import Group
from edgegw.journal.retention import Gap, Held, Place, Rule, gaps_of, plan, prune, prune_history, untold
from edgegw.journal.rows import stamp
from edgegw.model import facts as f
from edgegw.model.state import Change, StoredAnswer, TokenState
from tests.journal.parts import NOON, a_journal, block, group, rows, status

ALL: Place = (9, 0)


def held(number: int, *, days: int = 0, epoch: int = 1, **changed: Any) -> Held:
    values: dict[str, Any] = {
        "position": number, "epoch": epoch, "sequence": number, "at": stamp(NOON + timedelta(days=days)),
        "is_dated": True, "transaction": None, "samples": 10,
    }  # fmt: skip
    return Held(**values | changed)


def rule(delivered: Place = (0, 0), *, before: datetime | None = None, others: bool = False) -> Rule:
    return Rule(None if before is None else stamp(before), delivered, others)


TEN = [held(number, days=number) for number in range(1, 11)]


def test_by_age_only_older_ones_go() -> None:
    assert plan(TEN, rule(ALL, before=NOON + timedelta(days=4)), frozenset()) == 3
    assert plan(TEN, rule(ALL, before=NOON), frozenset()) == 0


def test_for_room_all_goes_that_may() -> None:
    assert plan(TEN, rule(ALL), frozenset()) == 10


def test_what_the_cloud_does_not_have_goes_only_where_the_rule_says_so() -> None:
    assert plan(TEN, rule((1, 6)), frozenset()) == 6
    assert plan(TEN, rule((1, 6), others=True), frozenset()) == 10
    assert plan([held(1, epoch=2)], rule((1, 6)), frozenset()) == 0


def test_from_the_first_fact_of_a_running_transaction_on_everything_stays() -> None:
    facts = [held(1), held(2, transaction="t1"), held(3, transaction="t2"), held(4)]
    assert plan(facts, rule(ALL), frozenset({"t2"})) == 2


def test_what_no_clock_has_dated_goes_with_the_first_dated_one_behind_it() -> None:
    unset = [held(1, is_dated=False, days=-9000), held(2, is_dated=False, days=-9000)]
    before = NOON + timedelta(days=4)
    assert plan(unset, rule(ALL, before=before), frozenset()) == 0
    assert plan([*unset, held(3, days=5)], rule(ALL, before=before), frozenset()) == 0
    assert plan([*unset, held(3, days=3), held(4, days=5)], rule(ALL, before=before), frozenset()) == 3
    assert plan(unset, rule(ALL), frozenset()) == 2


def test_each_run_of_numbers_of_one_fate_is_a_gap_with_its_readings() -> None:
    old = rule((1, 3), before=NOON + timedelta(days=90), others=True)
    assert gaps_of(TEN, old) == [Gap(1, 1, 3, "delivered", 30), Gap(1, 4, 10, "expired", 70)]
    assert gaps_of(TEN, rule((1, 3), others=True)) == [Gap(1, 1, 10, "dropped", 100)]


def test_a_gap_does_not_reach_over_missing_numbers_or_into_another_epoch() -> None:
    parted = [held(1), held(3), held(1, epoch=2, position=4)]
    assert [(gap.epoch, gap.first, gap.last) for gap in gaps_of(parted, rule(others=True))] == [
        (1, 1, 1), (1, 3, 3), (2, 1, 1),
    ]  # fmt: skip


# On a real ledger


async def fill(journal: Journal, count: int = 10) -> None:
    await journal.commit(group(status(number) for number in range(count)))
    for number in range(count):
        await journal.commit(Group(blocks=[block(3, since=NOON + timedelta(minutes=number))]))


def no_anchor(connection: sqlite3.Connection, position: int) -> None:
    return None


async def pruned(journal: Journal, stream: retention.Stream, rule: Rule, **options: Any) -> list[Gap]:
    options.setdefault("anchor", no_anchor)
    return await journal.maintain(lambda connection: prune(connection, stream, rule, now=NOON, **options))


@pytest.mark.parametrize("stream", ["A", "B"])
async def test_the_newest_record_stays_so_that_the_count_goes_on(tmp_path: Path, stream: retention.Stream) -> None:
    async with a_journal(tmp_path) as journal:
        await fill(journal)
        assert [(gap.first, gap.last) for gap in await pruned(journal, stream, rule(others=True))] == [(1, 9)]
        assert await pruned(journal, stream, rule(others=True)) == []
        assert journal.position(stream).tail == 10
    async with a_journal(tmp_path) as journal:
        assert (journal.position(stream).tail, journal.position(stream).head) == (10, 10)
        await fill(journal, 1)
        assert journal.position(stream).head == 11


async def test_facts_go_with_what_is_personal_in_them_and_the_chain_is_signed_before(tmp_path: Path) -> None:
    def token(card: str) -> f.TokenDecided:
        return f.TokenDecided(
            at=NOON, station="CP01", id_token=card, kind="ISO14443", status="accepted", source="list"
        )  # fmt: skip

    signed = []

    def anchor(connection: sqlite3.Connection, position: int) -> None:
        assert connection.in_transaction
        signed.append(connection.execute("SELECT position FROM facts WHERE position = ?", (position,)).fetchone()[0])

    async with a_journal(tmp_path) as journal:
        await journal.commit(group(token(f"CARD{number}") for number in range(4)))
        await pruned(journal, "A", rule((1, 2)), anchor=anchor)
    assert signed == [2]
    assert rows(tmp_path, "SELECT position, value FROM personal") == [(3, "CARD2"), (4, "CARD3")]
    assert rows(tmp_path, "SELECT min(position) FROM facts") == [(3,)]


async def test_a_step_that_fails_takes_nothing_out(tmp_path: Path) -> None:
    def anchor(connection: sqlite3.Connection, position: int) -> None:
        raise OSError("the key can't be read")

    async with a_journal(tmp_path) as journal:
        await fill(journal)
        with pytest.raises(OSError, match="the key"):
            await pruned(journal, "A", rule(ALL), anchor=anchor)
        assert await journal.commit(group([status(11)])) == 11
    assert rows(tmp_path, "SELECT count(*), (SELECT count(*) FROM gaps) FROM facts") == [(11, 0)]


async def test_a_step_is_short_and_the_next_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP_ROWS", 4)
    async with a_journal(tmp_path) as journal:
        await fill(journal)
        steps = [await pruned(journal, "B", rule(others=True)) for _ in range(4)]
    assert [[(gap.first, gap.last, gap.samples) for gap in step] for step in steps] == [
        [(1, 4, 12)], [(5, 8, 12)], [(9, 9, 3)], [],
    ]  # fmt: skip


async def test_delivered_gaps_grow_into_one_row_and_others_keep_their_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(retention, "STEP_ROWS", 2)
    later = NOON + timedelta(days=90)
    async with a_journal(tmp_path) as journal:
        await fill(journal)
        for _ in range(4):
            await pruned(journal, "B", rule((1, 5), before=later, others=True))
    assert rows(tmp_path, "SELECT first, last, reason, samples FROM gaps ORDER BY first") == [
        (1, 5, "delivered", 15), (6, 6, "expired", 3), (7, 8, "expired", 6),
    ]  # fmt: skip


async def test_only_the_clouds_cursor_says_what_is_delivered(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await fill(journal)
        read = lambda stream: journal.maintain(lambda connection: retention.delivered(connection, stream))  # noqa: E731
        await journal.set_cursor("another", "A", journal.position("A").epoch, 9)
        assert await read("A") == (0, 0)
        await journal.set_cursor(retention.CLOUD, "A", "an epoch of another ledger", 9)
        assert await read("A") == (0, 0)
        await journal.set_cursor(retention.CLOUD, "A", journal.position("A").epoch, 7)
        assert (await read("A"), await read("B")) == ((1, 7), (0, 0))


async def test_what_is_to_be_told_is_put_together_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(retention, "STEP_ROWS", 2)
    async with a_journal(tmp_path) as journal:
        epoch = journal.position("B").epoch
        await fill(journal)
        await pruned(journal, "A", rule((1, 9), before=NOON + timedelta(days=1)))  # delivered: nothing to tell
        for _ in range(3):
            await pruned(journal, "B", rule(others=True))
        told = await journal.maintain(untold)
        assert told == [retention.Told("B", epoch, 1, 6, "dropped", 18)]
        await journal.set_cursor(retention.TOLD, "B", epoch, 6)
        assert await journal.maintain(untold) == []
        await pruned(journal, "B", rule(others=True))
        assert [(each.first, each.last) for each in await journal.maintain(untold)] == [(7, 8)]


async def test_history_goes_by_its_own_time_and_what_is_undated_stays(tmp_path: Path) -> None:
    old, new, undated = NOON - timedelta(days=500), NOON, datetime.fromisoformat("1970-01-01T00:00:10Z")
    changes = [
        *(Change("answers", key, StoredAnswer(key, "t", {}, at)) for key, at in
          (("old", old), ("new", new), ("undated", undated))),
        *(Change("tokens", key, TokenState(key, "accepted", "list", at)) for key, at in (("new", new), ("old", old))),
    ]  # fmt: skip
    async with a_journal(tmp_path) as journal:
        await journal.commit(Group(changes=changes))
        before = stamp(NOON - timedelta(days=400))
        for table in retention.HISTORY:
            after: int | None = 0
            while after is not None:
                after = await journal.maintain(lambda c, t=table, a=after: prune_history(c, t, a, before))  # type: ignore[misc]
    assert rows(tmp_path, "SELECT key FROM answers ORDER BY key") == [("new",), ("undated",)]
    assert rows(tmp_path, "SELECT key FROM tokens") == [("new",)]


async def test_running_transactions_and_commands_stay_however_old_they_are(tmp_path: Path) -> None:
    began = NOON - timedelta(days=500)
    where: dict[str, Any] = {"station": "CP01", "evse": 1}

    def charge(name: str, *, ends: bool) -> list[f.Fact]:
        start = f.TransactionStarted(
            at=began, **where, transaction=name, connector=1, number=1, reference=name, ocpp="1.6", retry_key=name,
            answer={}, tariff="default", tariff_digest="d",
        )  # fmt: skip
        end = f.TransactionEnded(
            at=began + timedelta(hours=1), **where, transaction=name, reason="local", retry_key=f"{name} end", answer={}
        )  # fmt: skip
        return [start, end] if ends else [start]

    def command(name: str, *, ends: bool) -> list[f.Fact]:
        came = f.CommandReceived(at=began, command=name, name="reset", args={}, by="cloud")
        end = f.CommandEnded(at=began, command=name, state="done")
        return [came, end] if ends else [came]

    facts = [
        *charge("ended", ends=True), *charge("running", ends=False),
        *command("done", ends=True), *command("open", ends=False),
    ]  # fmt: skip
    async with a_journal(tmp_path) as journal:
        await journal.commit(group(facts))
        before = stamp(NOON - timedelta(days=400))
        for table in ("transactions", "commands"):
            await journal.maintain(lambda connection, t=table: prune_history(connection, t, 0, before))  # type: ignore[misc]
    assert rows(tmp_path, "SELECT key FROM transactions") == [("running",)]
    assert rows(tmp_path, "SELECT key FROM commands") == [("open",)]
