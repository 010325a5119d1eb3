"""Sentences of drivers, and the tool calls that they amount to."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.voice.languages import LANGUAGES, Language
from edgegw.voice.recognize.grammar import phrases, understand
from edgegw.voice.recognize.numerals import digits

LABELS = {"CP01": "Vaga 1", "CP02": "Vaga 2", "CP22": "Vaga 22"}

SENTENCES: list[tuple[str, str | None, dict[str, Any]]] = [
    ("Quanto custa carregar aqui?", "prices", {}),
    ("qual é o preço na vaga dois", "prices", {"station": "CP02"}),
    ("how much does it cost", "prices", {}),
    ("¿Cuánto cuesta cargar aquí?", "prices", {}),
    ("quanto já gastei?", "my_charge", {}),
    ("quanto custa a minha recarga até agora", "my_charge", {}),
    ("how much have I spent", "my_charge", {}),
    ("¿cuánto he gastado?", "my_charge", {}),
    ("quais vagas estão livres?", "station_status", {}),
    ("a vaga um está ocupada?", "station_status", {"station": "CP01"}),
    ("which spots are free", "station_status", {}),
    ("começa na vaga dois", "start_charge", {"station": "CP02"}),
    ("Começa a recarga na vaga vinte e dois", "start_charge", {"station": "CP22"}),
    ("start charging at CP01", "start_charge", {"station": "CP01"}),
    ("empieza la carga en la plaza 2", "start_charge", {"station": "CP02"}),
    ("começa na vaga um com vinte quilowatts", "start_charge", {"station": "CP01", "energy_kwh": 20}),
    ("para a minha recarga", "stop_charge", {}),
    ("pare a vaga dois", "stop_charge", {"station": "CP02"}),
    ("stop my charge", "stop_charge", {}),
    ("detener mi carga", "stop_charge", {}),
    ("preciso sair às seis da tarde", "plan_departure", {"leave_at": "18:00"}),
    ("preciso sair às dezoito e trinta", "plan_departure", {"leave_at": "18:30"}),
    ("saio às sete e meia da manhã", "plan_departure", {"leave_at": "07:30"}),
    ("i leave at seven in the evening", "plan_departure", {"leave_at": "19:00"}),
    ("tengo que salir a las ocho de la noche", "plan_departure", {"leave_at": "20:00"}),
    ("quero mais cem quilômetros", "plan_departure", {"distance_km": 100}),
    ("quiero ciento cincuenta kilómetros más", "plan_departure", {"distance_km": 150}),
    ("minhas últimas recargas", "my_history", {}),
    ("my last charges", "my_history", {}),
    ("como faço para pagar?", "how_to", {"question": "como faço para pagar?"}),
    ("bom dia", None, {}),
    ("para", None, {}),
    ("começa", None, {}),
    ("um dois três", None, {}),
    ("o presidente falou na televisão que vai chover", None, {}),
    ("", None, {}),
]


@pytest.mark.parametrize(("text", "tool", "args"), SENTENCES, ids=[each[0] or "nothing" for each in SENTENCES])
def test_a_sentence_is_one_tool_call_or_none(text: str, tool: str | None, args: dict[str, Any]) -> None:
    wish = understand(text, LABELS)
    assert (wish and wish.tool) == tool
    assert wish is None or dict(wish.args) == args


@pytest.mark.parametrize(
    ("text", "category", "station"),
    [("o cabo está travado na vaga um", "cable", "CP01"), ("o carregador não funciona", "charging", None),
     ("a tela está quebrada", "display", None), ("the plug is stuck", "connector", None),
     ("tem fumaça, problema!", "safety", None), ("la tarjeta no funciona", "card", None)],
)  # fmt: skip
def test_a_problem_has_a_category_and_the_drivers_words(text: str, category: str, station: str | None) -> None:
    wish = understand(text, LABELS)
    assert wish is not None
    assert wish.tool == "report_problem"
    assert (wish.args["category"], wish.args["text"], wish.args.get("station")) == (category, text, station)


@pytest.mark.parametrize(("now", "told"), [(5, "06:00"), (6, "18:00"), (14, "18:00"), (20, "18:00")])
def test_six_oclock_is_the_next_one_unless_the_part_of_the_day_is_said(now: int, told: str) -> None:
    wish = understand("preciso sair às seis", LABELS, now)
    assert wish is not None
    assert wish.args["leave_at"] == told


def test_with_one_station_a_start_needs_no_name() -> None:
    wish = understand("começa a recarga", {"A": "Vaga única"})
    assert wish is not None
    assert wish.args == {"station": "A"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [("vaga vinte e dois", "vaga 22"), ("cem quilometros", "100 quilometros"), ("cento e cinquenta km", "150 km"),
     ("a hundred and twenty miles", "120 miles"), ("vaga um", "vaga 1"), ("um momento", "um momento"),
     ("treinta y cinco", "35"), ("duzentos", "200"), ("as seis e meia", "as 6 e meia")],
)  # fmt: skip
def test_numbers_become_digits_and_articles_do_not(words: str, expected: str) -> None:
    assert digits(words) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_that_a_recognizer_may_hear_is_understood(language: Language) -> None:
    labels = {"CP01": {"pt-BR": "Vaga 1", "en": "Spot 1", "es": "Plaza 1"}[language]}
    told = phrases(language, labels)
    goodbyes = {"tchau", "goodbye", "adiós"}
    assert [phrase for phrase in told if understand(phrase, labels) is None and phrase not in goodbyes] == []
    assert any(labels["CP01"].lower() in phrase for phrase in told)
