"""Which language is spoken, and what is a goodbye."""

from __future__ import annotations

import pytest

from edgegw.voice.languages import Language, is_goodbye, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [("quanto custa carregar aqui", "pt-BR"), ("how much does it cost here", "en"),
     ("¿cuánto cuesta cargar aquí?", "es"), ("hola, quiero empezar la carga", "es"),
     ("i want to start charging please", "en"), ("preciso sair às seis", "pt-BR")],
)  # fmt: skip
def test_a_sentence_tells_its_language(text: str, language: Language) -> None:
    for before in ("pt-BR", "en", "es"):
        assert language_of(text, before) == language


@pytest.mark.parametrize("text", ["", "ok", "vaga 2", "CP01", "hmm"])
def test_what_tells_nothing_changes_nothing(text: str) -> None:
    assert language_of(text, "es") == "es"


@pytest.mark.parametrize(
    "text",
    ["Tchau!", "obrigado, até logo", "é só isso, obrigada", "bye bye", "that's all, thanks", "gracias, adiós",
     "pode desligar"],
)  # fmt: skip
def test_goodbyes(text: str) -> None:
    assert is_goodbye(text)


@pytest.mark.parametrize(
    "text", ["só isso custa dois reais?", "até as seis", "quanto custa?", "", "para a minha recarga"]
)
def test_no_goodbyes(text: str) -> None:
    assert not is_goodbye(text)
