"""A start: a cable, a card, limits, and the driver's hand after the read-back; then once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgegw.hub import Ending
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import TransactionAnswer
from tests.hub.kiosk.scene import a_kiosk
from tests.support.hubs import start


async def test_a_start_waits_for_the_cable_then_the_card_then_the_hand_and_is_sent_once(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        unplugged = await scene.ask("start_charge", station="Vaga 1")
        assert (unplugged.decision, unplugged.reason) == ("refused", "bay_free")
        assert unplugged.say == "Conecte o cabo em Vaga 1 primeiro."
        await scene.plug()
        nobody = await scene.ask("start_charge", station="Vaga 1")
        assert (nobody.decision, nobody.say) == ("needs_proof", "Aproxime seu cartão do leitor para começar.")
        assert await scene.card()
        assert [event.result for event in scene.told("proof")] == [
            {"accepted": True, "kind": "reader", "language": None}
        ]
        waits = await scene.ask("start_charge", station="Vaga 1", energy_kwh=10, leave_at="18:00", max_cost="30.00")
        assert waits.decision == "needs_confirmation"
        assert waits.say == (
            "Começar em Vaga 1 por R$ 2,00 por kWh, cerca de R$ 20,00 no máximo. "
            "Confirme tocando na tela ou aproximando o cartão de novo."
        )
        (action,) = scene.kiosk.pending()
        assert action.id == waits.action
        assert [(event.action, event.say) for event in scene.told("waiting")] == [(action.id, waits.say)]
        assert action.lines == (
            "Vaga: Vaga 1", "Preço: R$ 2,00 por kWh", "Energia: 10,0 kWh", "Custo estimado: até R$ 20,00",
            "Custo máximo: R$ 30,00", "Saída: 18:00",
        )  # fmt: skip
        assert scene.stations.sent == []
        done = await scene.touch(waits.action)
        assert (done.decision, done.say) == ("allowed", "Pronto, Vaga 1 vai começar a carregar.")
        (sent,) = scene.stations.sent
        assert sent.name == "start_transaction"
        assert dict(sent.args) == {
            "station": "CP01", "evse": 1, "id_token": "CARD1", "energy_wh": 10_000, "max_cost": "30.00",
            "departure_at": "2026-03-02T21:00:00+00:00",
        }  # fmt: skip
        assert scene.hub.state.commands[sent.id].by == "eva:d1"
        assert scene.hub.state.commands[sent.id].proof == "reader"
        assert await scene.touch(waits.action) == done
        assert len(scene.stations.sent) == 1
        assert scene.kiosk.pending() == ()
        assert await scene.decisions() == ["refused", "needs_proof", "needs_confirmation", "confirmed", "done"]


async def test_the_same_card_shown_again_after_the_read_back_starts_and_another_card_does_not(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        await scene.card("CARD3")
        assert scene.stations.sent == []
        assert [event.result for event in scene.told("cancelled")] == [{"reason": "another_card"}]
        assert (await scene.touch(waits.action)).decision == "refused"
        again = await scene.ask("start_charge", station="CP01")
        assert again.decision == "needs_confirmation"
        await scene.card("card3")
        assert [command.args["id_token"] for command in scene.stations.sent] == ["CARD3"]
        (confirmed,) = [each for each in await scene.facts("voice_decided") if each.decision == "confirmed"]  # type: ignore[attr-defined]
        assert isinstance(confirmed, f.VoiceDecided)
        assert (confirmed.by, confirmed.proof, confirmed.id_token) == ("tap:reader", "reader", "CARD3")


async def test_a_card_shown_while_the_read_back_has_just_begun_confirms_nothing(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        scene.clock.advance(2)
        await scene.ask("start_charge", station="CP01")
        scene.clock.advance(-1)
        await scene.card()
        assert scene.stations.sent == []


async def test_a_card_that_lies_on_the_reader_confirms_nothing(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        await scene.ask("start_charge", station="CP01")
        for _ in range(20):
            scene.clock.advance(-1.2)  # card() moves it by 2.1 s
            await scene.card()
        assert scene.stations.sent == []
        await scene.card()
        assert scene.stations.names == ["start_transaction"]


async def test_an_action_that_nobody_confirms_expires_and_its_proof_is_still_good(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        scene.clock.advance(30)
        late = await scene.touch(waits.action)
        assert (late.decision, late.reason) == ("refused", "no_action")
        assert [event.action for event in scene.told("expired")] == [waits.action]
        assert (await scene.ask("start_charge", station="CP01")).decision == "needs_confirmation"
        scene.clock.advance(60.1)
        assert (await scene.ask("start_charge", station="CP01")).decision == "needs_proof"
        assert scene.stations.sent == []


@pytest.mark.parametrize("happens", ["pulled", "pulled and back", "link lost", "cancelled", "hung up", "begun there"])
async def test_an_action_dies_with_what_it_stands_on(tmp_path: Path, happens: str) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", call="the call", station="CP01")
        match happens:
            case "pulled":
                await scene.plug(status="available")
            case "pulled and back":
                places = ("available", "preparing")
                await scene.hub.record(*(
                    f.StationStatusChanged(at=scene.hub.now(), station="CP01", evse=1, connector=1, status=status)
                    for status in places
                ))  # fmt: skip
            case "link lost":
                await scene.hub.record(f.StationDisconnected(at=scene.hub.now(), station="CP01", reason="gone"))
            case "cancelled":
                await scene.kiosk.cancel("d1", "the call")
            case "hung up":
                scene.kiosk.close("d1")
            case "begun there":
                await scene.hub.request(start(scene.clock, id_token="CARD3"))
        await scene.settle()
        assert scene.kiosk.pending() == ()
        assert [event.action for event in scene.told("cancelled")] == [waits.action]
        assert (await scene.touch(waits.action)).decision == "refused"
        await scene.card()
        assert scene.stations.sent == []


async def test_what_the_station_says_is_told_also_when_it_takes_long(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path, {"answer_s": 0.05}) as scene:
        scene.stations.gate = asyncio.Event()
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        slow = await scene.kiosk.confirm(waits.action or "", "screen")
        assert (slow.reason, slow.say) == ("under_way", "Pedi para Vaga 1 começar e espero a resposta.")
        scene.stations.ending = Ending("rejected", "Rejected")
        scene.stations.gate.set()
        await asyncio.sleep(0.05)
        await scene.settle()
        assert scene.told("outcome")[-1].say == "Vaga 1 não aceitou começar. Use o cartão na própria estação."
        assert (await scene.decisions())[-1] == "failed"


async def test_the_driver_is_told_when_his_car_has_begun_to_charge(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        await scene.touch((await scene.ask("start_charge", station="CP01")).action)
        begun = await scene.hub.request(start(scene.clock))
        assert isinstance(begun, TransactionAnswer)
        place = {"station": "CP01", "evse": 1, "transaction": begun.transaction}
        await scene.hub.record(f.EnergyTransferStarted(at=scene.hub.now(), **place))
        await scene.settle()
        assert scene.told("outcome")[-1].say == "Vaga 1 começou a carregar."
        assert scene.hub.state.transactions[begun.transaction].wanted_wh == 100_000


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"max_cost": "50.01"}, "over_site_cost"),
        ({"energy_kwh": 30}, "over_max_cost"),
        ({"energy_kwh": 6, "max_cost": "10.00"}, "over_max_cost"),
        ({"energy_kwh": 101}, "over_max_energy"),
        ({"energy_kwh": 5, "distance_km": 20}, "two_wishes"),
        ({"leave_at": "25:00"}, "leave_at"),
        ({"leave_at": "2026-03-02T09:00:00"}, "leave_at"),
        ({"evse": 2}, "no_bay"),
        ({"power_kw": 50}, "bad_arguments"),
        ({"energy_kwh": "10"}, "bad_arguments"),
        ({"energy_kwh": True}, "bad_arguments"),
        ({"max_cost": 10}, "bad_arguments"),
        ({"max_cost": "0"}, "bad_arguments"),
        ({"station": "CP09"}, "bad_arguments"),
        ({"station": ["CP01"]}, "bad_arguments"),
    ],
)
async def test_a_start_beyond_the_limits_is_refused_before_anything_waits(
    tmp_path: Path, args: dict[str, object], reason: str
) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        answer = await scene.ask("start_charge", **{"station": "CP01", **args})
        assert (answer.decision, answer.reason) == ("refused", reason)
        assert scene.kiosk.pending() == ()


async def test_a_hundred_kilometres_are_energy_and_a_missing_limit_is_the_sites(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01", distance_km=100)
        await scene.touch(waits.action)
        (sent,) = scene.stations.sent
        assert (sent.args["energy_wh"], sent.args["max_cost"]) == (18_000, "50.00")


async def test_a_blocked_card_and_one_that_was_blocked_meanwhile_start_nothing(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        assert not await scene.card("CARD2")
        assert scene.told("proof")[-1].say == "Este cartão não foi aceito."
        assert (await scene.ask("start_charge", station="CP01")).decision == "needs_proof"
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        blocked = {"add": [{"id_token": "CARD1", "status": "blocked"}]}
        await scene.hub.submit(Command("block", "set_tokens", blocked), wait_s=1)
        answer = await scene.touch(waits.action)
        assert (answer.decision, answer.reason) == ("refused", "not_accepted")
        assert scene.stations.sent == []


async def test_two_touches_at_once_are_one_start(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        assert waits.action is not None
        both = await asyncio.gather(*(scene.kiosk.confirm(waits.action, "screen") for _ in range(5)))
        await scene.settle()
        assert len({id(each) for each in both}) == 1
        assert len(scene.stations.sent) == 1


async def test_the_same_start_proposed_again_is_the_same_action_and_another_one_takes_its_place(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        first = await scene.ask("start_charge", station="CP01")
        assert (await scene.ask("start_charge", station="Vaga 1")).action == first.action
        other = await scene.ask("start_charge", station="CP01", energy_kwh=5)
        assert other.action != first.action
        assert [event.result for event in scene.told("cancelled")] == [{"reason": "replaced"}]
        assert [action.id for action in scene.kiosk.pending()] == [other.action]


async def test_of_two_outlets_the_one_with_the_cable_is_meant(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.card()
        await scene.plug("CP02", 2)
        waits = await scene.ask("start_charge", station="Vaga 2")
        assert (waits.decision, scene.kiosk.pending()[0].evse) == ("needs_confirmation", 2)
        await scene.plug("CP02", 1)
        which = await scene.ask("start_charge", station="Vaga 2")
        assert (which.reason, which.say) == ("which_one", "Qual delas: Vaga 2 / 1 e Vaga 2 / 2?")
        assert (await scene.ask("start_charge", station="Vaga 2", evse=1)).decision == "needs_confirmation"


async def test_a_tap_starts_at_its_own_station_alone(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug("CP01")
        await scene.plug("CP02", 1)
        await scene.tap(station="CP02")
        assert scene.told("proof")[-1].station == "CP02"
        assert (await scene.ask("start_charge", station="CP01")).decision == "needs_proof"
        waits = await scene.ask("start_charge", station="CP02")
        assert waits.decision == "needs_confirmation"
        await scene.tap(station="CP01")
        assert scene.stations.sent == []
        await scene.tap(station="CP02")
        assert [(each.args["station"], each.args["evse"]) for each in scene.stations.sent] == [("CP02", 1)]


async def test_a_station_that_begins_with_the_cable_alone_waits_for_the_driver_too(tmp_path: Path) -> None:
    """Stations of 2.x may (TxStartPoint EVConnected): nobody charges yet."""
    async with a_kiosk(tmp_path) as scene:
        await scene.plug(status="occupied")
        await scene.card()
        waits = await scene.ask("start_charge", station="CP01")
        connected = {"reference": "tx-1", "seq_no": 0, "charging_state": "ev_connected", "ocpp": "2.0.1"}
        begun = await scene.hub.request(start(scene.clock, id_token=None, **connected))
        await scene.settle()
        assert (await scene.ask("station_status", station="CP01")).say == (
            "Vaga 1 está com o cabo conectado, sem carregar."
        )
        assert (await scene.touch(waits.action)).decision == "allowed"
        assert scene.stations.names == ["start_transaction"]
        assert isinstance(begun, TransactionAnswer)


async def test_leaving_is_the_next_such_hour_of_the_site(tmp_path: Path) -> None:
    async with a_kiosk(tmp_path) as scene:
        await scene.plug()
        await scene.card()
        await scene.touch((await scene.ask("start_charge", station="CP01", leave_at="8:30")).action)
        leaves = datetime.fromisoformat(scene.stations.sent[0].args["departure_at"])
        assert leaves == datetime(2026, 3, 3, 11, 30, tzinfo=UTC)
