"""A driver who speaks: from the microphone to a charge at a station, and its facts at the cloud's end.

Each part is what a site has: a sound card (PulseAudio's), `edgegw voice` with Google's SDK, `edgegw run`, a serial card
reader, a station, mosquitto, `edgegw ingest`. What Google's service would understand is a script.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from edgegw.simulate import Car, Station
from edgegw.simulate.live import Connection
from tests.support.gateway import IngestProcess, until
from tests.support.mosquitto import Mosquitto
from tests.voice.kiosk import Kiosk, a_kiosk

pytestmark = pytest.mark.timeout(120)

DONE: dict[str, Any] = {"turn_complete": True}


def call(id: str, name: str, **args: Any) -> list[dict[str, Any]]:
    """A tool call, waited for."""
    return [{"call": {"id": id, "name": name, "args": args}}, {"wait": {"results": [id]}}]


def says(text: str) -> list[dict[str, Any]]:
    """An answer of 0.3 s."""
    return [{"say": {"text": text, "audio": {"tone_ms": 300}}}, DONE]


TOLD: dict[str, Any] = {"wait": {"text": 1}}
"""The hub has told of something: a card, what became of an action."""

START = [
    {"wait": {"activity": "end"}},
    {"heard": "começa na vaga dois"},
    *call("c1", "start_charge", station="Vaga 2"),
    *says("Aproxime o seu cartão do leitor."),
    TOLD,
    *call("c2", "start_charge", station="Vaga 2"),
    *says("Vaga 2, um real e oitenta e nove. Confirme na tela."),
    TOLD,
    *says("A recarga começou."),
    TOLD,
    *says("O carro está carregando."),
]  # fmt: skip


STOP = [
    {"wait": {"activity": "end"}},
    {"heard": "para a minha recarga"},
    *call("s1", "stop_charge", station="Vaga 1"),
    *says("Aproxime o cartão usado para iniciar."),
    TOLD,
    *call("s2", "stop_charge", station="Vaga 1"),
    *says("Este não é o cartão que iniciou."),
    TOLD,
    *call("s3", "stop_charge", station="Vaga 1"),
    *says("A recarga parou."),
]  # fmt: skip


class Cloud:
    """The facts in the database at the cloud's end."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def facts(self, *kinds: str) -> list[Mapping[str, Any]]:
        """Of these kinds, or all, in order."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as there:
            rows = there.execute("SELECT type, data FROM facts ORDER BY sequence").fetchall()
        named = [(kind.removeprefix("io.edgegw.").removesuffix(".v1"), data) for kind, data in rows]
        return [{"type": kind, **json.loads(data)} for kind, data in named if not kinds or kind in kinds]

    def decisions(self) -> list[str]:
        return [fact["decision"] for fact in self.facts("voice_decided")]


def station(kiosk: Kiosk, id: str) -> Station:
    return Station(id, "2.0.1", url=kiosk.gateway.url, meter_every_s=0.5, backoff_s=(0.1, 0.5))


async def spoken(kiosk: Kiosk, sentence: str, first: str) -> Connection:
    """The driver touches the button and speaks; the model's line, once the answer to its call `first` is there."""
    lines = kiosk.server.record.connections
    await kiosk.touch()
    await kiosk.shown("listening")
    await kiosk.say(sentence)
    await kiosk.server.until(lambda: len(lines) > 1 and first in lines[1].results, 20)
    return lines[1]


async def test_a_spoken_start_from_the_microphone_to_the_fact_at_the_clouds_end(tmp_path: Path) -> None:
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(tmp_path))
        cloud = Cloud(stack.enter_context(IngestProcess(tmp_path, broker.url)).database)
        async with a_kiosk(tmp_path, [{"steps": START}], broker=broker.url) as kiosk, station(kiosk, "CP02") as charger:
            await charger.until(lambda: charger.booted)
            charger.plug(Car(soc=0.3))
            line = await spoken(kiosk, "começa na vaga dois", "c1")
            assert line.results["c1"]["decision"] == "needs_proof"

            kiosk.reader.show("CARD1")
            await kiosk.waiting()
            await kiosk.shown("listening")  # the read-back is over
            assert charger.transactions == {}, "a card alone starts nothing"
            await asyncio.sleep(2.1)  # a card that lies there is no second one
            kiosk.reader.show("CARD1")
            await charger.until(lambda: charger.places[1].power_w > 1000, 20)
            assert len(charger.heard("RequestStartTransaction")) == 1
            await kiosk.server.until(lambda: len(line.texts) == 3, 20)
            assert [_told(text) for text in line.texts] == ["proof", "outcome", "outcome"]
            assert "CARD1" not in str(line.frames)
            assert kiosk.server.record.violations == []
            await until(lambda: len(cloud.facts("voice_interaction")) >= 3, 20)
            await until(lambda: bool(cloud.facts("energy_transfer_started")), 20)

        assert cloud.decisions() == ["needs_proof", "needs_confirmation", "confirmed", "done"]
        (*_, done) = cloud.facts("voice_decided")
        (received,) = cloud.facts("command_received")
        (started,) = cloud.facts("transaction_started")
        (energy,) = cloud.facts("energy_transfer_started")
        assert received["by"] == f"eva:{done['dialogue']}"
        assert received["command"] == done["command"]
        assert [fact["state"] for fact in cloud.facts("command_ended")] == ["done"]
        assert (started["station"], started["id_token"]) == ("CP02", "CARD1")
        assert energy["transaction"] == started["transaction"]
        assert len(cloud.facts("voice_proposed")) == 2
        turn = cloud.facts("voice_interaction")[0]
        assert (turn["tool"], turn["decision"], turn["language"]) == ("start_charge", "needs_proof", "pt-BR")
        assert turn["latency_ms"] > 0


async def test_a_spoken_stop_needs_the_card_that_began_the_charge(tmp_path: Path) -> None:
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(tmp_path))
        cloud = Cloud(stack.enter_context(IngestProcess(tmp_path, broker.url)).database)
        async with a_kiosk(tmp_path, [{"steps": STOP}], broker=broker.url) as kiosk, station(kiosk, "CP01") as charger:
            await charger.until(lambda: charger.booted)
            charger.plug(Car(soc=0.3))
            assert await charger.present("CARD1")
            await charger.until(lambda: charger.places[1].power_w > 1000 and not charger.waiting, 20)
            line = await spoken(kiosk, "para a minha recarga", "s1")
            assert line.results["s1"]["decision"] == "needs_proof"
            await kiosk.shown("listening")
            kiosk.reader.show("CARD3")
            await kiosk.server.until(lambda: "s2" in line.results, 20)
            assert (line.results["s2"]["decision"], line.results["s2"]["reason"]) == ("needs_proof", "not_owner")
            await kiosk.shown("listening")
            assert charger.heard("RequestStopTransaction") == []
            kiosk.reader.show("CARD1")
            await kiosk.server.until(lambda: "s3" in line.results, 20)
            assert line.results["s3"]["decision"] == "allowed"
            await charger.until(lambda: not charger.transactions and not charger.waiting, 20)
            assert len(charger.heard("RequestStopTransaction")) == 1
            assert "CARD" not in str(line.frames)
            await until(lambda: bool(cloud.facts("transaction_ended")), 20)
            await until(lambda: len(cloud.facts("voice_interaction")) >= 3, 20)
        assert cloud.decisions() == ["needs_proof", "needs_proof", "allowed", "done"]
        assert [fact["name"] for fact in cloud.facts("command_received")] == ["stop_transaction"]


def _told(text: str) -> str:
    """What kind of event a notice of the hub is."""
    return str(json.loads(text.removeprefix("[hub] "))["event"])
