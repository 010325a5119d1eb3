"""What a reader without rights may see of facts."""

from __future__ import annotations

from dataclasses import fields

import pytest

from edgegw.model import facts as f
from edgegw.web import masks


@pytest.mark.parametrize("cls", f.FACTS.values(), ids=f.FACTS)
def test_what_a_fact_lets_be_seen_are_fields_of_it_and_nothing_personal(cls: type[f.Fact]) -> None:
    shown = set(cls.shown or ())
    assert shown <= {field.name for field in fields(cls)}
    assert not shown & set(cls.personal)


def test_of_a_fact_that_names_no_fields_nothing_is_seen() -> None:
    assert f.JournalAnchored.shown is None
    assert masks.fact("journal_anchored", {"hash": "00", "station": "CP01"}) == {}
    assert masks.fact("of_a_later_version", {"station": "CP01", "id_token": "CARD1"}) == {"id_token": masks.SHOWN}


def test_of_a_fact_that_names_none_of_its_own_the_place_is_seen() -> None:
    assert masks.fact("station_accepted", {"station": "CP01", "by": "cli"}) == {"station": "CP01"}
