"""The voice socket over a real Unix socket: what a voice process may say, and what it may not."""

from __future__ import annotations

import asyncio
import json
import random
import stat
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.kiosk import KioskEvent
from edgegw.model.tools import TOOLS
from edgegw.web.eva import peer
from edgegw.web.eva.messages import MAX_LINE, OPTIONAL, REQUIRED
from edgegw.web.eva.server import MAX_CLIENTS
from edgegw.web.listeners import control_listener
from tests.web.kiosk.stand import Stand, standing


async def test_hello_is_answered_with_the_site_and_the_stations_of_the_kiosk(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        line = await stand.dial()
        line.send(type="hello", v=1, assistant="EVA")
        welcome = await line.next()
        assert welcome["type"] == "welcome"
        assert welcome["v"] == 1
        assert welcome["stations"][1]["id"] == "CP02"
        assert [each["id"] for each in welcome["stations"][1]["evses"]] == [1, 2]
        assert welcome["site"] == {
            "id": "paulista-01", "name": "Hub Paulista", "timezone": "America/Sao_Paulo", "locale": "pt-BR",
            "currency": "BRL",
        }  # fmt: skip
        line.writer.close()


async def test_the_socket_is_for_owner_and_group_and_goes_with_its_service(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        assert stat.filemode(stand.path.stat().st_mode) == "srw-rw----"
        with pytest.raises(OSError, match="another gateway listens there"):
            control_listener(stand.path)
    assert not stand.path.exists()


async def test_the_tools_are_all_that_is_declared(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        tools = (await line.ask(type="tools"))["tools"]
        assert {each["name"] for each in tools} == TOOLS.keys()
        assert tools[0]["parameters"]["additionalProperties"] is False
        english = (await line.ask(type="tools", language="en"))["tools"]
        assert english[0]["description"] != tools[0]["description"]


async def test_a_read_is_proposed_and_answered(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        opened = await line.ask(type="open", dialogue="d1", language="pt-BR", channel="voice")
        assert opened == {"type": "opened", "id": "q", "dialogue": "d1"}
        answer = await line.ask(type="propose", dialogue="d1", tool="station_status", args={}, call_id="c1")
        assert (answer["type"], answer["call_id"], answer["decision"]) == ("proposal", "c1", "allowed")
        assert answer["say"]


async def test_open_and_propose_may_be_sent_in_one_go(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        line.send(type="open", id="1", dialogue="d1", language="en", channel="text")
        line.send(type="propose", id="2", dialogue="d1", tool="station_status", args={}, call_id="c1")
        assert [(await line.next())["type"], (await line.next())["decision"]] == ["opened", "allowed"]


async def test_a_client_that_has_told_its_numbers_and_falls_silent_is_cut_off_and_one_that_never_did_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "SILENT_S", 0.3)
    async with standing(tmp_path) as stand, stand.voice() as by_hand, stand.voice() as hangs:
        hangs.send(type="metrics", conversations=1)
        for _ in range(3):
            await asyncio.sleep(0.2)
            hangs.send(type="metrics")
        assert stand.eva.count == 2
        assert await asyncio.wait_for(hangs.reader.read(), 5) == b""
        assert stand.eva.count == 1
        assert (await by_hand.ask(type="tools"))["tools"]


@pytest.mark.parametrize("tool", ["reset", "unlock_connector", "set_limit", "call_station", "set_tokens", ""])
async def test_nothing_but_the_tools_is_granted(tmp_path: Path, tool: str) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        await line.ask(type="open", dialogue="d1", language="en", channel="voice")
        answer = await line.ask(type="propose", dialogue="d1", tool=tool, args={"station": "CP01"}, call_id="c1")
        assert answer["type"] == "error" if tool == "" else answer["decision"] == "refused"
        assert not stand.hub.state.commands


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "confirm", "action": "a"}, "no type 'confirm'"),
        ({"type": "command", "name": "reset"}, "no type 'command'"),
        ({"type": "prove", "id_token": "CARD1"}, "no type 'prove'"),
        ({"type": 7}, "no type '7'"),
        ({}, "no type 'None'"),
        ({"type": "open", "dialogue": "d"}, "open needs language, channel"),
        ({"type": "open", "dialogue": "d", "language": "en", "channel": "screen"}, "channel is one of voice, text"),
        ({"type": "open", "dialogue": "", "language": "en", "channel": "voice"}, "dialogue of open is empty"),
        ({"type": "open", "dialogue": "d" * 129, "language": "en", "channel": "voice"}, "too long"),
        ({"type": "propose", "dialogue": "d", "tool": "prices", "args": [], "call_id": "c"}, "args of propose"),
        (
            {"type": "propose", "dialogue": "d", "tool": "prices", "args": {}, "call_id": "c", "proof": "x"},
            "no 'proof'",
        ),
        ({"type": "state", "state": "dancing", "microphone_live": True}, "state is one of"),
        ({"type": "state", "state": "idle", "microphone_live": 1}, "microphone_live of state"),
        ({"type": "close", "dialogue": "other"}, "no such dialogue"),
        ({"type": "cancel", "dialogue": "other", "call_id": "c"}, "no such dialogue"),
        ({"type": "hello", "v": 1}, "hello was said already"),
    ],
)
async def test_what_makes_no_sense_is_answered_in_words_and_the_line_goes_on(
    tmp_path: Path, message: dict[str, Any], words: str
) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        answer = await line.ask(**message)
        assert answer["type"] == "error"
        assert words in answer["detail"]
        assert (await line.ask(type="tools"))["type"] == "tools"


@pytest.mark.parametrize("raw", [b"{\n", b"[]\n", b"\n", b"\xff\xfe\n", b'"x"\n', b"[" * 5000 + b"\n"])
async def test_a_line_that_is_no_json_object_is_answered(tmp_path: Path, raw: bytes) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        line.raw(raw)
        assert (await line.next())["type"] == "error"
        assert (await line.ask(type="tools"))["type"] == "tools"


async def test_before_hello_nothing_is_answered_and_another_version_is_not_spoken(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        for first, words in (
            ({"type": "tools", "id": "q"}, "say hello first"),
            ({"type": "hello", "v": 2}, "version 1"),
        ):
            line = await stand.dial()
            line.send(**first)
            assert words in (await line.next())["detail"]
            assert await line.next() == {}
            line.writer.close()


async def test_who_says_nothing_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "HELLO_S", 0.05)
    async with standing(tmp_path) as stand:
        line = await stand.dial()
        assert await line.next() == {}
        line.writer.close()


async def test_a_line_without_end_is_cut_off(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        line.raw(b" " * (MAX_LINE + 1))
        assert "65536 bytes" in (await line.next())["detail"]
        assert await line.next() == {}


async def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_not(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as good:
        slow = await stand.dial()
        slow.send(type="hello", v=1)
        await slow.next()
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for number in range(3000):
            slow.send(type="tools", id=str(number))
            if stand.eva.count == 1:
                break
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while stand.eva.count > 1:
                await asyncio.sleep(0.01)
        assert (await good.ask(type="tools"))["type"] == "tools"
        slow.writer.transport.abort()


async def test_no_more_clients_than_a_kiosk_has(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        lines = [await stand.dial() for _ in range(MAX_CLIENTS)]
        for line in lines:
            line.send(type="hello", v=1)
            await line.next()
        extra = await stand.dial()
        assert (await extra.next())["detail"] == "too many clients"
        assert await extra.next() == {}
        for line in (*lines, extra):
            line.writer.close()
        async with asyncio.timeout(5):
            while stand.eva.is_there:
                await asyncio.sleep(0.01)
        async with stand.voice():
            pass


async def test_a_client_can_not_speak_in_anothers_dialogue_and_hears_nothing_of_it(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as one, stand.voice() as other:
        await one.ask(type="open", dialogue="d1", language="en", channel="voice")
        answer = await other.ask(type="propose", dialogue="d1", tool="station_status", args={}, call_id="c1")
        assert (answer["decision"], answer["reason"]) == ("refused", "no_dialogue")
        stand.eva.happened(KioskEvent("outcome", "d1", say="done"))
        stand.eva.happened(KioskEvent("station", station="CP01"))
        assert (await one.event("outcome"))["say"] == "done"
        assert (await other.next())["kind"] == "station"


async def test_a_client_can_not_take_over_anothers_dialogue_nor_the_screens(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as one, stand.voice() as other:
        await one.ask(type="open", dialogue="d1", language="en", channel="voice")
        await stand.desk.propose("station_status", {}, None, "en")
        for dialogue in ("d1", stand.desk.state()["dialogue"]):
            refused = await other.ask(type="open", dialogue=dialogue, language="en", channel="text")
            assert "somebody else's" in refused["detail"]
        again = await one.ask(type="open", dialogue="d1", language="es", channel="voice")
        assert again["type"] == "opened", "its own goes on, in another language"


async def test_a_dialogue_that_the_kiosk_ended_takes_no_place_among_those_of_its_client(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        for number in range(2 * peer.MAX_DIALOGUES):  # each takes the place of the one before, which is closed so
            opened = await line.ask(type="open", dialogue=f"d{number}", language="en", channel="voice")
            assert opened["type"] == "opened", opened
            if number:
                assert (await line.event("closed"))["dialogue"] == f"d{number - 1}"
        stand.eva.all_over()
        answer = await line.ask(type="propose", dialogue=f"d{number}", tool="prices", args={}, call_id="c1")
        assert answer["reason"] == "no_dialogue"


async def test_the_dialogues_of_a_voice_process_that_dies_end_with_it(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        line = await stand.dial()
        line.send(type="hello", v=1)
        await line.next()
        await line.ask(type="open", dialogue="d1", language="en", channel="voice")
        line.send(type="state", state="listening", microphone_live=True, caption="...")
        await line.ask(type="tools")
        assert stand.eva.figures.microphone_live
        line.writer.transport.abort()
        async with asyncio.timeout(5):
            while stand.eva.is_there:
                await asyncio.sleep(0.01)
        assert not stand.eva.figures.microphone_live
        async with asyncio.timeout(5):
            while stand.kiosk._table.desk.dialogue("d1") is not None:
                await asyncio.sleep(0.01)
        async with stand.voice() as again:
            answer = await again.ask(type="propose", dialogue="d1", tool="station_status", args={}, call_id="c2")
            assert answer["reason"] == "no_dialogue"


async def test_the_sign_of_the_microphone_goes_with_whose_it_is_though_a_console_stays(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as console:
        async with stand.voice() as voice:
            voice.send(type="state", state="listening", microphone_live=True, caption="…")
            voice.send(type="metrics", turns=3)
            await voice.ask(type="tools")
            assert stand.desk.state()["voice"]["microphone_live"]
        async with asyncio.timeout(5):
            while stand.eva.count > 1:
                await asyncio.sleep(0.01)
        assert (await console.ask(type="tools"))["type"] == "tools"
        shown = stand.desk.state()["voice"]
        assert (shown["connected"], shown["microphone_live"], shown["state"], shown["caption"]) == (
            True, False, "off", None,
        )  # fmt: skip
        assert stand.eva.figures.told == {}


async def test_a_turn_becomes_a_fact_and_a_figure(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        line.send(
            type="interaction", dialogue="d1", at="2026-03-02T12:00:00Z", intent="prices", tool="prices",
            decision="allowed", outcome=None, language="pt-BR", latency_ms=812.4,
        )  # fmt: skip
        line.send(type="interaction", dialogue="d1", intent="world domination", outcome="x", latency_ms=20000)
        line.send(type="metrics", turns=4, budget_used_seconds=61.5, invented=1, tokens_in="many", id="x")
        await line.ask(type="tools")
        facts = await stand.hub.journal.reader.facts(0, 100, "voice_interaction")
        assert [fact.body["intent"] for fact in facts] == ["prices", "other"]
        assert facts[0].body["latency_ms"] == 812
        text = (await stand.guest.get("/metrics")).body.decode()
        for series in (
            'sigec_voice_commands_total{intent="prices",status="allowed"} 1.0',
            'sigec_voice_commands_total{intent="other",status="other"} 1.0',
            'sigec_voice_latency_seconds_bucket{le="0.75"} 0.0',
            'sigec_voice_latency_seconds_bucket{le="1.0"} 1.0',
            'sigec_voice_latency_seconds_bucket{le="+Inf"} 2.0',
            "sigec_voice_latency_seconds_count 2.0",
            "edgegw_voice_connected 1.0",
            "edgegw_voice_turns_total 4.0",
            "edgegw_voice_budget_used_seconds 61.5",
            'edgegw_voice_state{state="off"} 1.0',
        ):
            assert f"\n{series}\n" in text
        assert "invented" not in text
        assert "tokens_in" not in text


async def test_an_absent_voice_process_is_visible_and_harmless(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        text = (await stand.guest.get("/metrics")).body.decode()
        assert "\nedgegw_voice_connected 0.0\n" in text
        assert "\nedgegw_voice_microphone_live 0.0\n" in text


async def test_a_token_of_the_cloud_is_handed_on_and_none_is_a_refusal(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        assert await line.ask(type="token") == {"type": "refused", "id": "q", "reason": "no_token"}
        stand.cloud.append({"token": "auth_tokens/abc", "expires_at": "2026-03-02T12:30:00Z"})
        assert await line.ask(type="token") == {
            "type": "token", "id": "q", "token": "auth_tokens/abc", "expires_at": "2026-03-02T12:30:00Z",
        }  # fmt: skip


async def test_a_mistake_of_ours_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with standing(tmp_path) as stand, stand.voice() as line:
        await line.ask(type="open", dialogue="d1", language="en", channel="voice")

        async def broken(proposal: Any) -> Any:
            raise ZeroDivisionError("inside of the gateway")

        monkeypatch.setattr(stand.kiosk, "propose", broken)
        answer = await line.ask(type="propose", dialogue="d1", tool="prices", args={}, call_id="c1")
        assert answer["type"] == "error"
        assert "inside" not in json.dumps(answer)
        assert (await line.ask(type="tools"))["type"] == "tools"
    assert "inside of the gateway" in caplog.text


async def flood(stand: Stand) -> list[dict[str, Any]]:
    async with stand.voice() as line:
        await line.ask(type="open", dialogue="d1", language="en", channel="voice")
        for number in range(50):
            line.send(
                type="propose", id=str(number), dialogue="d1", tool="start_charge", args={"station": "Vaga 1"},
                call_id=str(number),
            )  # fmt: skip
        return [await line.next() for _ in range(50)]


async def test_fifty_calls_in_a_burst_are_all_answered_and_start_nothing(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        answers = await flood(stand)
        assert {each["id"] for each in answers} == {str(number) for number in range(50)}
        assert not [each for each in answers if each.get("decision") == "allowed"]
        assert not stand.hub.state.commands


async def test_the_screen_knows_while_a_driver_has_to_prove_himself(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        for over in ("close", "hang up", "proof"):
            async with stand.voice() as line:
                await line.ask(type="open", dialogue=over, language="en", channel="voice")
                answer = await line.ask(type="propose", dialogue=over, tool="my_history", args={}, call_id="c1")
                assert answer["decision"] == "needs_proof"
                assert stand.eva.needs_proof == answer["say"]
                if over == "close":
                    line.send(type="close", dialogue=over)
                    await line.ask(type="tools")
                    assert stand.eva.needs_proof is None
                if over == "proof":
                    assert await stand.desk.typed("4711")
                    assert (await line.event("proof"))["result"]["accepted"]
                    assert stand.eva.needs_proof is None
            async with asyncio.timeout(5):
                while stand.eva.is_there:
                    await asyncio.sleep(0.01)
            assert stand.eva.needs_proof is None


def scrambled(chance: random.Random) -> bytes:
    """A line that nearly is one: of a known type with values of any kind, or bytes cut and swapped."""
    anything: list[Any] = [None, True, -1, 2**70, 1e300, "", "d1", "x" * 5000, "\x00", [], {}, {"a": [{}]}, "CARD1"]
    kind = chance.choice([*REQUIRED, "confirm", "prove"])
    names = {**REQUIRED.get(kind, {}), **OPTIONAL.get(kind, {}), "id": (), "args": (), "action": ()}
    message = {name: chance.choice(anything) for name in names if chance.random() < 0.8}
    line = bytearray(json.dumps({"type": kind, **message}).encode())
    for _ in range(chance.choice((0, 0, 1, 5))):
        line[chance.randrange(len(line))] = chance.randrange(256)
    return bytes(line).replace(b"\n", b" ")


async def test_no_line_however_scrambled_is_more_than_an_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(20261130)
    async with standing(tmp_path) as stand, stand.voice() as line:
        for _ in range(40):
            for _ in range(25):
                line.raw(scrambled(chance) + b"\n")
            await line.until(type="tools", id="alive")
        assert not stand.hub.state.commands
    assert not [each for each in caplog.records if each.exc_info]
