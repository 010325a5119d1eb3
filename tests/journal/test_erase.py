"""Erasing what is personal: gone from every file and from memory, and the chain still holds."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from edgegw.hub import Hub
from edgegw.journal.erase import Chosen, NotErased, copies, find
from edgegw.journal.group import Group
from edgegw.journal.outbox import Told, Untold
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import AuthorizeRequest, TransactionAnswer
from tests.journal.parts import rows
from tests.journal.proofs import charge, opened, verified
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start
from tests.support.ledgers import check, facts_in

TOKEN = "04A2B3C4D5E680"
"""Seven bytes, as a card has: nothing else in a ledger looks like it."""


def bytes_in(folder: Path, text: str) -> list[str]:
    """Names of the files of `folder` in which `text` stands, in whatever case."""
    wanted = text.lower().encode()
    return sorted(path.name for path in folder.iterdir() if wanted in path.read_bytes().lower())


async def lived(hub: Hub, clock: FakeClock) -> str:
    """A token was asked for, charged with and named by a command; the transaction's id."""
    await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token=TOKEN))
    id = await charge(hub, clock, id_token=TOKEN)
    await hub.submit(
        Command("c1", "start_transaction", {"station": "CP01", "evse": 1, "id_token": TOKEN, "limit_a": -1})
    )
    return id


async def test_a_token_is_gone_from_every_file_and_the_chain_still_holds(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        id = await lived(hub, clock)
        other = await charge(hub, clock)
        assert "journal.db-wal" in bytes_in(tmp_path, TOKEN)
        erased = await hub.erase(Chosen(token=TOKEN.lower()))
        assert bytes_in(tmp_path, TOKEN) == []
        assert erased.settled
        assert erased.values >= 3
        # Memory has forgotten it too, and what is written from it later does not bring it back.
        for state in (hub.state, hub._ledger.pending):
            assert state.transactions[id].id_token is None
            assert state.commands["c1"].id_token is None
            assert TOKEN not in state.tokens
            assert state.transactions[other].id_token == "CARD1"
        await hub.record(f.EnergyTransferStarted(at=clock.now(), station="CP01", evse=1, transaction=id))
        await hub.journal.call(lambda store: store.scrub())
        assert bytes_in(tmp_path, TOKEN) == []
    assert bytes_in(tmp_path, TOKEN) == []
    assert verified(tmp_path).breaks == []
    told = [fact for fact in check(tmp_path) if isinstance(fact, f.PersonalDataErased)]
    assert [(fact.rule, fact.values, fact.rows) for fact in told] == [("token", erased.values, erased.rows)]
    (bill,) = (
        fact for fact in facts_in(tmp_path / "journal.db") if isinstance(fact, f.CdrClosed) and fact.transaction == id
    )
    assert bill.total == "20.00"


async def test_a_token_is_gone_from_pages_that_a_long_life_has_shuffled(tmp_path: Path) -> None:
    clock, numbers = FakeClock(), random.Random(1)
    async with a_hub(tmp_path, clock) as hub:
        for number in range(1500):
            clock.advance(1)
            token = TOKEN if number % 10 == 0 else f"{numbers.getrandbits(56):014X}"
            await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token=token))
            if number % 300 == 299:  # old history goes, and its pages are used again
                rows(tmp_path, "DELETE FROM tokens WHERE rowid % 3 = 0")
                (last,) = rows(tmp_path, "SELECT max(position) FROM personal")[0]
                rows(tmp_path, "DELETE FROM personal WHERE position < ?", last - 250)
        await hub.erase(Chosen(token=TOKEN))
        assert bytes_in(tmp_path, TOKEN) == []


async def test_a_token_that_charges_or_is_listed_is_not_erased(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        for chosen in (Chosen(token="CARD1"), Chosen(transaction=begun.transaction)):
            with pytest.raises(NotErased, match=f"transaction {begun.transaction}.* is running"):
                await hub.erase(chosen)
        put = f'[{{"id_token":"{TOKEN}","status":"accepted"}}]'
        await hub.record(
            f.LocalListChanged(at=clock.now(), shard="local", rev=1, digest="", listed=1, put=put, by="cli")
        )
        with pytest.raises(NotErased, match="the token is on the local list, in part "):
            await hub.erase(Chosen(token=TOKEN))
        assert hub.state.transactions[begun.transaction].id_token == "CARD1"
    assert not any(isinstance(fact, f.PersonalDataErased) for fact in check(tmp_path))


async def test_a_token_that_another_csms_is_still_to_be_told_is_not_erased(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        frame = f'[2,"m","Authorize",{{"idTag":"{TOKEN.lower()}"}}]'
        await hub.journal.commit(Group(outbox=[Untold(1, "CP01", "1.6", 3, clock.now(), frame)]))
        with pytest.raises(NotErased, match="what CP01 said of this token waits for the CSMS"):
            await hub.erase(Chosen(token=TOKEN))
        await hub.journal.commit(Group(outbox=[Told((1,))]))
        await hub.erase(Chosen(token=TOKEN))
        assert bytes_in(tmp_path, TOKEN.lower()) == []


async def test_a_transactions_values_are_erased_and_the_others_stay(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        first, second = await charge(hub, clock), await charge(hub, clock)
        await hub.erase(Chosen(transaction=first))
        assert hub.state.transactions[first].id_token is None
        assert hub.state.transactions[second].id_token == "CARD1"
    names = {fact.transaction: fact.id_token for fact in check(tmp_path) if isinstance(fact, f.TransactionStarted)}
    assert names == {first: None, second: "CARD1"}


async def test_a_transaction_that_nobody_knows_is_said_so(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        with pytest.raises(NotErased, match="there is no transaction 't9'"):
            await hub.erase(Chosen(transaction="t9"))


async def test_what_is_from_before_a_time_is_erased_but_for_what_is_under_way(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        old = await charge(hub, clock, id_token=TOKEN)
        await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token=TOKEN))
        running = await hub.request(start(clock, station="CP02", id_token="LONGONE"))
        clock.advance(60)
        night = clock.now()
        clock.advance(60)
        new = await charge(hub, clock)
        await hub.erase(Chosen(before=night))
        found = {id: row.id_token for id, row in hub.state.transactions.items()}
    assert isinstance(running, TransactionAnswer)
    assert found == {old: None, running.transaction: "LONGONE", new: "CARD1"}
    assert bytes_in(tmp_path, TOKEN) == []
    check(tmp_path)


async def test_the_words_of_a_command_and_of_a_problem_are_personal_too(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await hub.submit(Command("c1", "report_problem", {"text": "Maria cannot pull the plug"}))
        clock.advance(60)
        await hub.erase(Chosen(before=clock.now()))
        assert bytes_in(tmp_path, "Maria") == []
    assert verified(tmp_path).breaks == []


async def test_nothing_is_left_to_erase_the_second_time(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await lived(hub, clock)
        chosen = Chosen(token=TOKEN)
        with closing(opened(tmp_path)) as connection:
            there = find(connection, chosen)
        erased = await hub.erase(chosen)
        again = await hub.erase(chosen)
    assert (len(there.values), there.row_count) == (erased.values, erased.rows)
    assert (again.values, again.rows) == (0, 0)


async def test_a_reader_that_holds_the_log_is_said_so(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await lived(hub, clock)
        await hub.journal.call(lambda store: store._connection.execute("PRAGMA busy_timeout = 10"))
        with closing(opened(tmp_path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM facts").fetchall()
            assert (await hub.erase(Chosen(token=TOKEN))).settled is False


def test_copies_beside_the_ledger_are_named(tmp_path: Path) -> None:
    others = {"journal.before-2.db", "journal.damaged-20260302T120000Z.db", "journal.aside-20260302T120000Z.db"}
    live = {"journal.db", "journal.db-wal", "journal.db-shm", "journal.lock", "journal.memo", "ballast", "site.key"}
    for name in others | live:
        (tmp_path / name).touch()
    assert {path.name for path in copies(tmp_path)} == others
