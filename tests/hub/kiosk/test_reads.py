"""What EVA may read to anybody: how the bays stand, prices, and the site's texts."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from edgegw.model import facts as f
from edgegw.model.site import Tariff, TariffPeriod
from tests.hub.kiosk.scene import CARDS, a_kiosk
from tests.support.hubs import a_site, a_station

TEXTS = {
    "carregar.md": """# Como carregar
1. Estacione e **conecte o cabo**.
2. Aproxime o cartão do leitor.

## O cabo está travado
Destranque o carro e espere 30 segundos. Se continuar preso, ligue para o [suporte](tel:08001234567).

## Formas de pagamento
Aceitamos cartão RFID e PIX pelo aplicativo.
""",
    "local.md": """# Banheiros e café
Os banheiros ficam atrás da loja, 24 horas.

# Rede sem fio
O wifi é HUB-VISITANTE, sem senha.
""",
    "en.md": """# Opening hours
The site is open around the clock.
""",
}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


async def test_bays_are_told_by_the_names_that_drivers_use_and_as_they_stand(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        assert (await scene.ask("station_status", station="Vaga 1")).say == "Vaga 1 está livre."
        await scene.plug(status="faulted")
        await scene.plug("CP02", 1)
        answer = await scene.ask("station_status")
        assert answer.say == (
            "Vaga 1 está fora de serviço, Vaga 2 / 1 está com o cabo conectado, sem carregar "
            "e Vaga 2 / 2 ainda não informou seu estado."
        )
        assert answer.result is not None
        assert [row["state"] for row in answer.result["stations"]] == ["out_of_order", "plugged", "unknown"]
        changes = [(event.station, event.say) for event in scene.told("station")]
        assert changes == [
            ("CP01", "Vaga 1 está fora de serviço."),
            ("CP02", "Vaga 2 / 1 está com o cabo conectado, sem carregar."),
        ]


async def test_of_many_bays_the_free_ones_are_named(tmp_path: Path) -> None:
    stations = {f"CP0{number}": a_station(f"CP0{number}") for number in range(1, 8)}
    async with a_kiosk(tmp_path, site=a_site(stations=stations, tokens=CARDS)) as scene:
        await scene.plug("CP03", status="available")
        assert (await scene.ask("station_status")).say == "Livres: Vaga 1 e Vaga 3."
        await scene.plug("CP03", status="charging")
        await scene.plug("CP01", status="charging")
        assert (await scene.ask("station_status")).say == "Nenhuma vaga livre agora."


async def test_a_kiosk_speaks_for_its_own_stations_alone(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path, {"stations": ("CP02",)}) as scene:
        assert [each["id"] for each in scene.kiosk.stations()] == ["CP02"]
        assert (await scene.ask("station_status", station="CP01")).reason == "bad_arguments"
        await scene.charging("CARD1", "CP01")
        await scene.card()
        assert (await scene.ask("stop_charge")).reason == "no_charge"


async def test_prices_are_those_in_force_now_and_next_with_the_fees(tmp_path: Path) -> None:
    evening = TariffPeriod((0, 1, 2, 3, 4, 5, 6), time(18), time(21), Decimal("2.49"))
    tariff = Tariff("default", Decimal("1.89"), Decimal("2.00"), Decimal("0.50"), 600, (evening,), Decimal("12.5"))
    async with a_kiosk(tmp_path, site=a_site(tariffs={"default": tariff}, tokens=CARDS)) as scene:
        answer = await scene.ask("prices")
        assert answer.say == (
            "Agora custa R$ 1,89 por kWh, e R$ 2,49 a partir das 18:00. Há uma taxa de início de R$ 2,00. "
            "Depois de carregado, R$ 0,50 por minuto após 10 minutos. Mais 12,5 % de imposto."
        )
        assert answer.result is not None
        (told,) = answer.result["prices"]
        assert (told["energy_kwh"], told["next_energy_kwh"], told["next_from"]) == (
            "1.89", "2.49", "2026-03-02T18:00-03:00",
        )  # fmt: skip


async def test_the_price_list_that_came_last_rules(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.hub.desire("tariffs", {"rev": 3, "tariffs": {"default": {"energy_kwh": "0.99"}}})
        assert (await scene.ask("prices", station="Vaga 2")).say == "Agora custa R$ 0,99 por kWh."


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("o cabo está travado, o que eu faço?", "O cabo está travado"),
        ("como faço para carregar?", "Como carregar"),
        ("onde fica o banheiro?", "Banheiros e café"),
        ("tem cafe aqui", "Banheiros e café"),
        ("qual é a senha do Wi-Fi", "Rede sem fio"),
        ("posso pagar com pix?", "Formas de pagamento"),
        ("what are your opening hours", "Opening hours"),
        ('" OR 1=1 -- wifi', "Rede sem fio"),
    ],
)
async def test_a_question_finds_its_passage(tmp_path: Path, texts: Path, question: str, heading: str) -> None:
    async with a_kiosk(tmp_path / "ledger", howto=texts) as scene:
        answer = await scene.ask("how_to", question=question)
        assert answer.decision == "allowed"
        assert answer.result is not None
        assert answer.result["heading"] == heading
        assert "[" not in answer.say


@pytest.mark.parametrize("question", ["qual é o sentido da vida", "onde?", "NEAR(", '"', "***", "AND OR NOT"])
async def test_a_question_that_no_text_answers_finds_nothing(tmp_path: Path, texts: Path, question: str) -> None:
    async with a_kiosk(tmp_path / "ledger", howto=texts) as scene:
        answer = await scene.ask("how_to", question=question)
        assert (answer.say, answer.result) == ("Não encontrei isso nos textos deste local.", {"found": False})


async def test_texts_are_read_again_and_what_is_no_text_is_left_out(tmp_path: Path, texts: Path) -> None:
    async with a_kiosk(tmp_path / "ledger", howto=texts) as scene:
        (texts / "novo.md").write_text("# Lava-rápido\n\x1b[31mAberto aos sábados.\u202e", encoding="utf-8")
        (texts / "broken.md").write_bytes(b"# \xff\xfe")
        (texts / "huge.md").write_text("# gigante\n" + "x " * 200_000, encoding="utf-8")
        assert (await scene.ask("how_to", question="lava rápido")).result == {"found": False}
        assert await scene.kiosk.read_howto() == 7
        assert (await scene.ask("how_to", question="lava rápido")).say == "Lava-rápido: 31mAberto aos sábados."


async def test_a_kiosk_without_texts_says_that_it_has_none(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path, howto=tmp_path / "missing") as scene:
        assert (await scene.ask("how_to", question="wifi")).result == {"found": False}


async def test_a_question_is_written_down_with_its_words_apart(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.ask("how_to", question="meu segredo")
        await scene.ask("prices", station="Vaga 1")
        await scene.ask("prices", station="Vaga 1", secret="x")
        proposed = [fact for fact in await scene.facts("voice_proposed") if isinstance(fact, f.VoiceProposed)]
        assert [(fact.tool, dict(fact.args), fact.private) for fact in proposed] == [
            ("how_to", {}, '{"question": "meu segredo"}'),
            ("prices", {"station": "Vaga 1"}, None),
            ("prices", {}, '{"secret": "x", "station": "Vaga 1"}'),
        ]
        assert {(fact.channel, fact.language, fact.dialogue) for fact in proposed} == {("voice", "pt-BR", "d1")}
