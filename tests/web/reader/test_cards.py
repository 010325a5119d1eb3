"""What counts as a card, how it is spelled, and when it was shown."""

from __future__ import annotations

import pytest

from edgegw.web.reader.cards import LYING_S, Showings, Spelling, id_token


@pytest.mark.parametrize(
    ("text", "spelling", "card"),
    [
        ("04a1b2c3", "as_read", "04A1B2C3"),
        ("04 A1 B2 C3 D4 E5 F6", "as_read", "04A1B2C3D4E5F6"),
        ("04:a1:b2:c3", "reversed", "C3B2A104"),
        ("0077705923", "decimal", "04A1B2C3"),
        ("3283263748", "decimal_reversed", "04A1B2C3"),
        ("1305016785040630", "decimal", "04A2E7E5E5F4F6"),
        ("FLEET-0007", "as_read", "FLEET-0007"),
        ("https://example.com/", "as_read", "https://example.com/"),
        ("4711", "as_read", "4711"),
        ("471", "as_read", None),
        ("7" * 37, "as_read", None),
        ("FLEET-0007", "reversed", None),
        ("04A1B2C3", "decimal", None),
        ("٣٢٨٣", "decimal", None),
        ("9" * 30, "decimal", None),
    ],
)
def test_a_card_is_spelled_as_stations_spell_it(text: str, spelling: Spelling, card: str | None) -> None:
    assert id_token(text, spelling) == card


def test_a_card_counts_again_only_after_it_was_away() -> None:
    showings = Showings()
    assert showings.is_new("A", 10.0)
    assert not showings.is_new("A", 11.0)
    assert not showings.is_new("A", 12.4), "each reading says that it lies there still"
    assert showings.is_new("A", 12.5 + LYING_S)
    assert showings.is_new("B", 14.1)
    assert showings.is_new("A", 14.2)
