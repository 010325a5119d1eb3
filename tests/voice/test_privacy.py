"""What a transcript must not keep."""

from __future__ import annotations

import pytest

from edgegw.voice.privacy import MASK, masked


@pytest.mark.parametrize(
    "secret",
    ["ABC-1234", "ABC1D23", "abc1d23", "A B C 1 D 2 3", "(11) 98765-4321", "+55 11 98765-4321", "11987654321",
     "123.456.789-09", "12345678909", "12.345.678/0001-95", "maria.silva@example.com.br",
     "maria arroba exemplo ponto com", "4111 1111 1111 1111", "4111-1111-1111-1111",
     "nove oito sete seis cinco quatro três", "one two three four five six seven", "04A1B2C3D4 123456"],
)  # fmt: skip
def test_what_may_name_a_person_becomes_stars(secret: str) -> None:
    text = masked(f"olha, é {secret}, anotou?")
    assert MASK in text
    assert text.startswith("olha, é ")
    assert text.endswith(", anotou?")
    assert secret not in text
    assert sum(each.isdigit() for each in text) <= 4


@pytest.mark.parametrize(
    "text",
    ["custa R$ 1,89 o quilowatt-hora", "preciso sair às 18:30", "quero mais 100 quilômetros", "vaga 12, por favor",
     "gastei 12.345 watts", "às seis e meia", "um dois três testando", "são 150.00 reais no máximo"],
)  # fmt: skip
def test_amounts_times_and_distances_stay(text: str) -> None:
    assert masked(text) == text
