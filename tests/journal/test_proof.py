"""The proof of a bill, checked by somebody who has nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from edgegw.journal.anchors import SiteKey
from edgegw.journal.export import NoProof, proof
from edgegw.journal.proof import Checked, Unreadable, check
from tests.journal.parts import NOON, rows
from tests.journal.proofs import charge, opened, prune, sign_now
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub

Lines = list[dict[str, Any]]


async def proven(folder: Path, *, personal: bool = False) -> Lines:
    """The proof of the second of three bills, one of them with a token of another's, signed behind all of them."""
    clock = FakeClock()
    async with a_hub(folder, clock) as hub:
        await charge(hub, clock)
        id = await charge(hub, clock)
        await charge(hub, clock, id_token="SOMEBODY")
        await sign_now(hub)
    return taken(folder, id, personal=personal)


def taken(folder: Path, id: str, *, personal: bool = False) -> Lines:
    with closing(opened(folder)) as connection:
        return [orjson.loads(line) for line in proof(connection, id, "paulista-01", personal=personal)]


def checked(lines: Lines, *trusted: bytes) -> Checked:
    return check([orjson.dumps(line).decode() for line in lines], trusted)


async def test_a_bill_is_proven_without_the_ledger(tmp_path: Path) -> None:
    lines = await proven(tmp_path)
    found = checked(lines, SiteKey.open(tmp_path).public)
    assert found.breaks == []
    assert (found.site, found.transaction) == ("paulista-01", lines[0]["transaction"])
    assert found.bill is not None
    assert found.bill.agrees is True
    assert found.facts == len([line for line in lines if line["kind"] == "fact"])
    assert lines[1]["type"] == "transaction_started"


async def test_a_proof_names_nobody_unless_it_is_asked_to(tmp_path: Path) -> None:
    lines = await proven(tmp_path)
    assert b"CARD1" not in orjson.dumps(lines)
    shown = taken(tmp_path, lines[0]["transaction"], personal=True)
    assert b"CARD1" in orjson.dumps(shown)
    assert b"SOMEBODY" not in orjson.dumps(shown)
    found = checked(shown)
    assert found.breaks == []
    assert found.bill is not None
    assert found.bill.transaction.id_token == "CARD1"


def _fact(lines: Lines, kind: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("type") == kind)


def _body(kind: str, old: str, new: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        fact = _fact(lines, kind)
        assert old in fact["body"]
        fact["body"] = fact["body"].replace(old, new)

    return change


def _leave_out(lines: Lines) -> None:
    lines.remove(_fact(lines, "transaction_metered"))


def _swap(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def _cut(lines: Lines) -> None:
    del lines[-3]


def _time(lines: Lines) -> None:
    _fact(lines, "transaction_ended")["at"] = "2026-03-02T13:30:00.000000Z"


def _hash(lines: Lines) -> None:
    lines[0]["before"] = bytes(32).hex()


def _signed_at(lines: Lines) -> None:
    lines[-1]["signed_at"] = "2026-03-03T00:00:00.000000Z"


@pytest.mark.parametrize(
    "tamper",
    [
        _body("cdr_closed", '"total":"20.00"', '"total":"10.00"'),
        _body("transaction_started", '"evse":1', '"evse":2'),
        _leave_out, _swap, _cut, _time, _hash, _signed_at,
    ],
    ids=["total", "place", "left out", "order", "end", "time", "hash before", "time of signature"],
)  # fmt: skip
async def test_whatever_is_changed_in_a_proof_breaks_it(tmp_path: Path, tamper: Callable[[Lines], None]) -> None:
    lines = await proven(tmp_path)
    tamper(lines)
    assert checked(lines).breaks


async def test_a_personal_value_that_was_put_in_breaks_it(tmp_path: Path) -> None:
    lines = await proven(tmp_path, personal=True)
    _fact(lines, "transaction_started")["personal"]["id_token"]["value"] = "CARD9"
    (line,) = checked(lines).breaks
    assert line.endswith("id_token is not the value that it was written with")


async def test_other_prices_break_it(tmp_path: Path) -> None:
    lines = await proven(tmp_path)
    (tariff,) = (line for line in lines if line["kind"] == "tariff")
    tariff["body"]["energy_kwh"] = "1.00"
    (line,) = checked(lines).breaks
    assert line.startswith("the bill can't be computed again: ")


async def test_a_signature_of_another_key_is_told_when_the_sites_is_given(tmp_path: Path) -> None:
    lines = await proven(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (line,) = checked(lines, SiteKey.open(other).public).breaks
    assert line == f"the signature is of another key, {lines[0]['key']}"


async def test_a_bill_is_proven_from_the_signature_that_older_facts_were_pruned_to(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await charge(hub, clock)
        anchor = await sign_now(hub)
        rows(tmp_path, "DELETE FROM facts WHERE position > ?", anchor.position)
    async with a_hub(tmp_path, clock) as hub:
        id = await charge(hub, clock)
        await sign_now(hub)
    prune(tmp_path, anchor.position, "delivered", NOON)
    first = taken(tmp_path, id)
    assert checked(first).breaks == []


async def test_what_can_not_be_proven_is_said_so(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        id = await charge(hub, clock)
    with pytest.raises(NoProof, match="no signature covers the bill"):
        taken(tmp_path, id)
    with pytest.raises(NoProof, match="there is no transaction 't9'"):
        taken(tmp_path, "t9")


@pytest.mark.parametrize(
    "text", ["", "{}", "not json", '{"kind": "ledger", "format": 1}', '{"kind": "proof", "format": 2}', "[1]", "1"]
)
def test_what_is_no_proof_is_said_so(text: str) -> None:
    with pytest.raises(Unreadable):
        check(text.splitlines())
