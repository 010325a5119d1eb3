"""Figures, moments and names as a driver hears them."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.core.kiosk import figures
from edgegw.core.kiosk.masking import masked
from edgegw.core.kiosk.quoting import plain
from edgegw.core.kiosk.sentences import SENTENCES, say
from edgegw.core.kiosk.wishes import Unclear, energy_wh, leaves_at
from edgegw.model.kiosk import KioskTerms

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # 09:00 in São Paulo


@pytest.mark.parametrize(
    ("amount", "currency", "speaks", "text"),
    [
        ("1.89", "BRL", "pt-BR", "R$ 1,89"),
        ("1234.5", "BRL", "pt-BR", "R$ 1.234,50"),
        ("1234.5", "BRL", "en", "R$ 1,234.50"),
        ("0.4975", "EUR", "es", "0,4975 €"),
        ("1.890", "EUR", "en", "€ 1.89"),
        ("950", "CLP", "es", "CLP 950"),
        ("0", "BRL", "pt-BR", "R$ 0,00"),
        ("0.005", "JPY", "en", "JPY 0.005"),
        ("1E+2", "BRL", "pt-BR", "R$ 100,00"),
    ],
)
def test_money_is_written_as_the_language_does(amount: str, currency: str, speaks: str, text: str) -> None:
    assert figures.money(Decimal(amount), currency, speaks) == text


@pytest.mark.parametrize(
    ("tag", "speaks"),
    [("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("en_GB", "en"), ("es-419", "es"), ("de", "en"), (None, "en"), ("", "en")],
)
def test_a_language_that_is_not_spoken_is_the_sites(tag: str | None, speaks: str) -> None:
    assert figures.language(tag, "en-US") == speaks


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("18:00", "2026-03-02T21:00:00+00:00"),
        ("9:00", "2026-03-03T12:00:00+00:00"),
        ("09:01", "2026-03-02T12:01:00+00:00"),
        ("00:30", "2026-03-03T03:30:00+00:00"),
        ("2026-03-03T18:00:00-03:00", "2026-03-03T21:00:00+00:00"),
    ],
)
def test_an_hour_is_the_next_one_to_come(text: str, moment: str) -> None:
    found = leaves_at(text, "America/Sao_Paulo", NOW)
    assert found is not None
    assert found.isoformat() == moment


def test_an_hour_that_the_clock_jumps_over_or_shows_twice_is_still_a_moment_to_come() -> None:
    night = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30 in Berlin; 02:00 is 03:00 that night
    jumped = leaves_at("02:30", "Europe/Berlin", night)
    assert jumped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    twice = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 in Berlin, for the first time
    assert leaves_at("02:30", "Europe/Berlin", twice) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "24:00",
        "6",
        "às seis",
        "",
        "18:0",
        "2026-03-02T08:00:00Z",
        "2026-03-02T18:00:00",
        "2026-04-01T00:00:00Z",
        "١٨:٠٠x",
    ],
)
def test_what_is_no_moment_to_come_is_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        leaves_at(text, "America/Sao_Paulo", NOW)


@given(st.integers(0, 23), st.integers(0, 59), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_every_hour_comes_within_a_day_and_a_bit(hour: int, minute: int, now: datetime) -> None:
    now = now.replace(tzinfo=UTC)
    found = leaves_at(f"{hour:02d}:{minute:02d}", "Europe/Berlin", now)
    assert found is not None
    assert 0 < (found - now).total_seconds() <= 25 * 3600


def test_a_distance_is_energy_and_more_than_a_charge_gives_is_refused() -> None:
    terms = KioskTerms(wh_per_km=160, max_energy_wh=50_000)
    assert energy_wh({"distance_km": 100}, terms) == 16_000
    assert energy_wh({"energy_kwh": 7.25}, terms) == 7_250
    assert energy_wh({}, terms) is None
    with pytest.raises(Unclear, match="over_max_energy"):
        energy_wh({"distance_km": 313}, terms)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Vaga 1", "Vaga 1"),
        (" Vaga\n\t 1 ", "Vaga 1"),
        ("Vaga\u202e1\u200b", "Vaga1"),
        ("\x1b[31mVaga\x07", "31mVaga"),
        ("<b>{name}</b>", "bname/b"),
        ("Ação ñandú 充电", "Ação ñandú 充电"),
        ("\ud800Vaga", "Vaga"),
        ("x" * 50, "x" * 39 + "…"),
    ],
)
def test_a_name_is_one_short_line(name: str, shown: str) -> None:
    assert plain(name) == shown


@given(st.text(), st.integers(2, 60))
def test_no_text_comes_out_long_or_in_two_lines(text: str, most: int) -> None:
    shown = plain(text, most)
    assert len(shown) <= most
    assert shown.isprintable() or shown == ""
    assert plain(shown, most) == shown


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("meu CPF é 123.456.789-09", "meu CPF é …"),
        ("CNPJ 12.345.678/0001-95 da empresa", "CNPJ … da empresa"),
        ("ligue (11) 91234-5678 ou +55 11 91234 5678", "ligue … ou …"),
        ("sou maria.silva+ev@exemplo.com.br", "sou …"),
        ("placa BRA2E19 ou ABC-1234", "placa … ou …"),
        ("cartão 04A2B3C4D5E680", "cartão …"),
        ("é um dois três quatro cinco seis", "é …"),
        ("cartão 4111 1111 1111 1111", "cartão …"),
        ("quero 50 kWh na vaga 2 até 18:30", "quero 50 kWh na vaga 2 até 18:30"),
        ("custa R$ 1,89 o kWh", "custa R$ 1,89 o kWh"),
    ],
)
def test_what_tells_who_spoke_is_masked_and_figures_are_not(said: str, kept: str) -> None:
    assert masked(said) == kept


def test_every_sentence_is_there_in_each_language_with_the_same_figures() -> None:
    for key, texts in SENTENCES.items():
        assert len(texts) == 3, key
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert fields[0] == fields[1] == fields[2], key
        assert all(text.strip() for text in texts), key
    assert say("refused.bay_free", "en", bay="Bay 2") == "Plug the cable in at Bay 2 first."
