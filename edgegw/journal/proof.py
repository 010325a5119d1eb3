"""Checks the proof of a bill (`edgegw journal export --proof`) without the ledger that it was taken from.

What holds the bill: each fact's hash is SHA-256 over the hash before it and its columns (`chain.link`), and the last of
them is signed with the site's key (`anchors.signed_text`). So no fact among them was changed, left out or added after
the signature; and the bill is computed again from them, with a tariff whose digest the first of them carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from edgegw.journal import chain
from edgegw.journal.anchors import Anchor
from edgegw.journal.bill import Account, account_of
from edgegw.journal.errors import JournalError
from edgegw.journal.export import FORMAT
from edgegw.journal.records import Personal, Record, fact_of


class Unreadable(JournalError):
    """The file is no proof of a bill."""


@dataclass(slots=True)
class Checked:
    """What a proof proves: the bill, by which key, as of when; `breaks` says why it does not."""

    transaction: str
    site: str | None
    facts: int = 0
    key: str | None = None
    signed_at: str | None = None
    bill: Account | None = None
    breaks: list[str] = field(default_factory=list)


def check(lines: Iterable[str], trusted: Iterable[bytes] = ()) -> Checked:
    """Check a proof. With `trusted` keys the signature has to be of one of them; without, whose it is is only told.

    Raises Unreadable when the lines are no proof.
    """
    try:
        head, *rest = (orjson.loads(line) for line in lines if line.strip())
        if head["kind"] != "proof" or head["format"] != FORMAT:
            raise Unreadable("it is not a proof of this format; `edgegw journal export --proof` makes one")
        facts = [(_record(number, line), line) for number, line in enumerate(_of("fact", rest), 1)]
        anchor = _anchor(*_of("anchor", rest))
        before = bytes.fromhex(head["before"])
        found = Checked(head["transaction"], head["site"], len(facts), anchor.key.hex(), anchor.signed_at)
        tariffs = {line["body"]["digest"]: line["body"] for line in _of("tariff", rest)}
        personal = {record.position: _personal(line) for record, line in facts}
        timezone = head["timezone"]
        _chain(found, before, [record for record, _ in facts], anchor)
        _signature(found, anchor, frozenset(trusted))
        _commitments(found, facts, personal)
        mine = [record for record, _ in facts if orjson.loads(record.body).get("transaction") == found.transaction]
        found.bill = account_of(
            mine, [fact_of(record, personal[record.position]) for record in mine], tariffs.get, timezone, anchor
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"it can't be read ({type(error).__name__}: {error})") from error
    _bill(found)
    return found


def _of(kind: str, lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def _record(number: int, line: Mapping[str, Any]) -> Record:
    return Record(
        number, line["epoch"], line["sequence"], line["id"], line["type"], line["subject"], line["at"],
        line["recorded_at"], line["clock"], line["body"], line["boot"], bytes.fromhex(line["hash"]),
    )  # fmt: skip


def _anchor(line: Mapping[str, Any]) -> Anchor:
    return Anchor(
        0, line["epoch"], line["sequence"], bytes.fromhex(line["hash"]), line["signed_at"],
        bytes.fromhex(line["key"]), bytes.fromhex(line["signature"]),
    )  # fmt: skip


def _personal(line: Mapping[str, Any]) -> Mapping[str, Personal]:
    return {
        name: Personal(each["value"], bytes.fromhex(each["salt"])) for name, each in line.get("personal", {}).items()
    }


def _chain(found: Checked, before: bytes, facts: list[Record], anchor: Anchor) -> None:
    digest = before
    for record in facts:
        if record.linked(digest) != record.hash:
            found.breaks.append(f"fact {record.sequence}: it is not as it was written, or not in its place")
        digest = record.hash
    last = facts[-1] if facts else None
    if last is None or (last.epoch, last.sequence, last.hash) != (anchor.epoch, anchor.sequence, anchor.hash):
        found.breaks.append(f"the signature is over fact {anchor.sequence}, and the chain does not end there")


def _signature(found: Checked, anchor: Anchor, trusted: frozenset[bytes]) -> None:
    if not anchor.holds():
        found.breaks.append("the signature does not hold")
    elif trusted and anchor.key not in trusted:
        found.breaks.append(f"the signature is of another key, {anchor.key.hex()}")


def _commitments(
    found: Checked, facts: list[tuple[Record, Mapping[str, Any]]], personal: Mapping[int, Mapping[str, Personal]]
) -> None:
    for record, _ in facts:
        body = orjson.loads(record.body)
        for name, each in personal[record.position].items():
            if body.get(name) != {"commitment": chain.commitment(each.salt, each.value)}:
                found.breaks.append(f"fact {record.sequence}: {name} is not the value that it was written with")


def _bill(found: Checked) -> None:
    bill = found.bill
    if bill is None or bill.billed is None:
        found.breaks.append(f"no bill of transaction {found.transaction} is among the facts")
    elif bill.agrees is None:
        found.breaks.append(f"the bill can't be computed again: {bill.doubt}")
    elif not bill.agrees:
        found.breaks.append("the bill is not what its facts give")
