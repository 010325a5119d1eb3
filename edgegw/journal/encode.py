"""Facts as they are stored, made before anything is decided on top of them: what has no stored form fails alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from edgegw.journal import chain
from edgegw.journal.errors import Unwritable
from edgegw.journal.ids import Salts
from edgegw.journal.rows import dump, stamp
from edgegw.model.facts import FACTS, Fact

_salts = Salts()


class Encoded(NamedTuple):
    """A fact's columns. `personal` are field, value and salt of each value that stands beside it, one after another."""

    type: str
    subject: str
    transaction: str | None
    at: str
    body: str
    personal: tuple[Any, ...]


def encode(fact: Fact) -> Encoded:
    """The stored form of `fact`. Raises Unwritable when there is none: an int beyond 64 bits, text that is no text."""
    names, hidden, subject_field, prefix = _SHAPES[type(fact)]
    body = {name: getattr(fact, name) for name in names}
    personal: tuple[Any, ...] = ()
    try:
        for name in hidden:
            known = body[name]
            if known is not None:
                salt = _salts.take(chain.SALT_BYTES)
                body[name] = {"commitment": chain.commitment(salt, known)}
                personal += (name, known, salt)
        subject = f"{prefix}/{getattr(fact, subject_field)}" if subject_field else ""
        return Encoded(fact.type, subject, body.get("transaction"), stamp(fact.at), dump(body), personal)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unwritable(f"a fact {fact.type} can't be written down: {error}") from error


def _shapes() -> Mapping[type[Fact], tuple[tuple[str, ...], tuple[str, ...], str, str]]:
    """By fact class: names of the body's fields, the personal ones, and the field and collection of its subject."""
    found = {}
    for cls in FACTS.values():
        names = tuple(item.name for item in fields(cls) if item.name != "at")
        collection, name = cls.subject if cls.subject is not None else ("", "")
        found[cls] = (names, cls.personal, name, collection)
    return found


_SHAPES = _shapes()
