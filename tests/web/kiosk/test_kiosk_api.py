"""The kiosk's routes over HTTP: who may touch, what a touch does, and what guessing brings."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.kiosk import KioskEvent, PendingAction, Proof, ProposalAnswer
from edgegw.web import stream
from edgegw.web.eva.presence import Bell
from edgegw.web.kiosk.trials import FREE
from tests.web.kiosk.stand import Stand, kiosk_site, standing
from tests.web.test_changes import listening

TOUCHES: list[tuple[str, Any]] = [
    ("propose", {"tool": "station_status"}), ("confirm/a1", {}), ("decline/a1", {}), ("close", {}),
    ("pin", {"pin": "4711"}), ("button", {"pressed": True}),
]  # fmt: skip


async def test_a_browser_that_is_not_paired_sees_nothing_of_the_driver_and_touches_nothing(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        for cookie in ({}, {"cookie": "edgegw_kiosk=guessed"}):
            shown = (await stand.guest.get("/api/v1/kiosk", cookie)).json
            assert (shown["paired"], shown["state"]) == (False, None)
            assert shown["site"]["name"] == "Hub Paulista"
            for path, body in TOUCHES:
                assert (await stand.touch(path, body, cookie)).kind == "not-allowed"
            assert (await stand.guest.get("/api/v1/kiosk/events", cookie)).kind == "not-allowed"
        for path, body in TOUCHES:  # no more from the control socket, where an installer is no driver
            assert (await stand.installer.post(f"/api/v1/kiosk/{path}", body)).kind == "not-allowed"


async def test_a_paired_browser_sees_and_touches_and_changes_nothing_else(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        cookie = await stand.paired()
        answer = await stand.guest.get("/api/v1/kiosk", cookie)
        assert answer.json["paired"]
        assert {each["label"] for each in answer.json["state"]["bays"]} == {"Vaga 1", "Vaga 2 / 1", "Vaga 2 / 2"}
        given = answer.headers["set-cookie"].lower()
        assert "httponly" in given
        assert "samesite=strict" in given
        assert "path=/api/v1/kiosk" in given
        status = await stand.touch("propose", {"tool": "station_status", "language": "en"}, cookie)
        assert status.json["decision"] == "allowed"
        order = {"name": "set_limit", "args": {"target": "site", "limit_a": 6}}
        assert (await stand.guest.post("/api/v1/commands", order, cookie)).kind == "not-allowed"
        assert (await stand.guest.post("/api/v1/kiosk/code", {}, cookie)).kind == "not-allowed"
        assert (await stand.guest.get("/api/v1/kiosk/browsers", cookie)).kind == "not-allowed"
        assert (await stand.guest.ask("DELETE", "/api/v1/kiosk/browsers/x", None, cookie)).kind == "not-allowed"


async def test_other_sites_can_not_make_a_paired_browser_touch(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        cookie = await stand.paired()
        for forged in ({"origin": "http://evil.example"}, {"host": "evil.example"}):
            answer = await stand.touch("confirm/a1", {}, {**cookie, **forged})
            assert answer.kind in ("not-allowed", "wrong-host")
        form = {**cookie, "content-type": "application/x-www-form-urlencoded"}
        assert (await stand.touch("confirm/a1", b"", form)).kind == "wrong-content"


async def test_a_code_pairs_one_browser_once_and_an_installer_takes_it_out_again(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        cookie = await stand.paired()
        (browser,) = (await stand.installer.get("/api/v1/kiosk/browsers")).json["items"]
        async with listening(stand.guest, "/api/v1/kiosk/events", **cookie) as events:
            assert (await events.next()).name == "kiosk"
            assert (await stand.installer.ask("DELETE", f"/api/v1/kiosk/browsers/{browser['id']}")).status == 204
            async with asyncio.timeout(5):
                await events._reader.readuntil(b"0\r\n\r\n")  # the last chunk: there is no more
        assert not (await stand.guest.get("/api/v1/kiosk", cookie)).json["paired"]
        assert (await stand.touch("pair", {"code": "00000000"}, {})).kind == "not-allowed"
        assert (await stand.touch("pair", {}, {})).kind == "invalid"


async def test_without_pairing_any_browser_may_touch(tmp_path: Path) -> None:
    async with standing(tmp_path, pairing=False) as stand:
        assert (await stand.guest.get("/api/v1/kiosk")).json["paired"]
        assert (await stand.touch("propose", {"tool": "station_status"}, {})).status == 200
        assert (await stand.installer.post("/api/v1/kiosk/code", {})).kind == "conflict"


async def test_the_talk_button_reaches_the_voice_process(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        cookie = await stand.paired()
        assert (await stand.touch("button", {"pressed": True}, cookie)).kind == "unavailable"
        async with stand.voice() as line:
            for pressed in (True, False):
                assert (await stand.touch("button", {"pressed": pressed}, cookie)).status == 200
                assert (await line.event("button"))["pressed"] is pressed


async def test_wrong_pins_wait_longer_and_longer_and_right_ones_do_not_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    proofs: list[Proof] = []

    async def prove(proof: Proof) -> bool:
        proofs.append(proof)
        return True

    async with standing(tmp_path) as stand:
        monkeypatch.setattr(stand.kiosk, "prove", prove)
        cookie = await stand.paired()

        async def pin(text: str) -> Any:
            return (await stand.touch("pin", {"pin": text}, cookie)).json

        assert await pin("4711") == {"accepted": True, "wait_s": 0}
        for wrong in ("0000", "CARD1", "4712")[:FREE]:  # a card's number is no PIN
            assert not (await pin(wrong))["accepted"]
        locked = await stand.touch("pin", {"pin": "4711"}, cookie)
        assert (locked.status, locked.json) == (429, {"accepted": False, "wait_s": 10})
        assert locked.headers["retry-after"] == "10"
        stand.clock.advance(10)
        assert (await pin("4711"))["accepted"]
        assert await pin("0001") == {"accepted": False, "wait_s": 20}
        assert [(proof.kind, proof.id_token) for proof in proofs] == [("pin", "4711")] * 2
        assert (proofs[0].expires_at - proofs[0].at).total_seconds() == stand.kiosk.terms.proof_stop_s
        assert "4711" not in repr(proofs[0])
    assert "3 wrong PINs at the kiosk: none is taken for 10 s" in caplog.text
    assert "0001" not in caplog.text


async def test_a_pin_that_may_charge_only_because_unknown_ones_may_is_none(tmp_path: Path) -> None:
    async with standing(tmp_path, site=kiosk_site(offline_unknown="accept")) as stand:
        cookie = await stand.paired()
        assert not (await stand.touch("pin", {"pin": "9999"}, cookie)).json["accepted"]


async def test_the_screen_hears_what_happens_and_what_waits_for_a_touch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standing(tmp_path) as stand:
        cookie = await stand.paired()
        async with listening(stand.guest, "/api/v1/kiosk/events", **cookie) as events:
            first = await events.next()
            assert (first.name, first.data["pending"], first.data["voice"]["connected"]) == ("kiosk", [], False)
            until = stand.clock.at.replace(second=30)
            waits = PendingAction("a1", "d1", "start_charge", ("Vaga 1", "R$ 1,89/kWh"), until, station="CP01")
            monkeypatch.setattr(stand.kiosk, "pending", lambda: (waits,))
            await publish(stand, KioskEvent("proof", "d1", say="Cartão aceito.", result={"accepted": True}))
            state, happened = await events.next(), await events.next()
            assert (happened.name, happened.data["say"]) == ("happened", "Cartão aceito.")
            (pending,) = state.data["pending"]
            assert (pending["lines"], pending["expires_in_s"]) == (["Vaga 1", "R$ 1,89/kWh"], 30.0)


async def publish(stand: Stand, event: KioskEvent) -> None:
    stand.kiosk._table.tell(event)
    await asyncio.sleep(0)


async def test_a_touch_names_the_browser_that_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    async def confirm(action: str, by: str) -> ProposalAnswer:
        asked.append((action, by))
        return ProposalAnswer("allowed", "Recarga iniciada.")

    async with standing(tmp_path) as stand:
        monkeypatch.setattr(stand.kiosk, "confirm", confirm)
        cookie = await stand.paired()
        assert (await stand.touch("confirm/a%2F1", {}, cookie)).json["say"] == "Recarga iniciada."
        (browser,) = (await stand.installer.get("/api/v1/kiosk/browsers")).json["items"]
    assert asked == [("a/1", browser["id"])]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("propose", {}), ("propose", {"tool": 5}), ("propose", {"tool": "x", "args": []}),
        ("propose", {"tool": "x", "proof": "y"}), ("propose", {"tool": "x", "language": ""}), ("pin", {}),
        ("pin", {"pin": 4711}), ("pin", {"pin": "1" * 17}), ("button", {}), ("button", {"pressed": "yes"}),
        ("close", {"x": 1}), ("confirm/a", {"by": "me"}),
    ],
)  # fmt: skip
async def test_a_touch_that_makes_no_sense_is_refused(tmp_path: Path, path: str, body: Any) -> None:
    async with standing(tmp_path, pairing=False) as stand:
        assert (await stand.touch(path, body, {})).kind == "invalid"


async def test_a_site_without_a_kiosk_says_so(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        stand.neighbours.kiosk = lambda: None
        assert (await stand.guest.get("/api/v1/kiosk")).kind == "not-found"


async def test_after_a_dialogues_time_the_next_touch_begins_another(tmp_path: Path) -> None:
    async with standing(tmp_path, pairing=False) as stand:
        touch = {"tool": "station_status"}
        assert (await stand.touch("propose", touch, {})).json["decision"] == "allowed"
        first = stand.desk.state()["dialogue"]
        assert (await stand.touch("propose", touch, {})).json["decision"] == "allowed"
        assert stand.desk.state()["dialogue"] == first
        stand.clock.advance(stand.kiosk.terms.dialogue_s)
        assert (await stand.touch("propose", touch, {})).json["decision"] == "allowed"
        assert stand.desk.state()["dialogue"] not in (None, first)
        assert (await stand.touch("close", {}, {})).status == 200
        assert stand.desk.state()["dialogue"] is None


async def test_a_crowd_that_looks_on_does_not_take_the_screens_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS", 1)
    async with standing(tmp_path) as stand, listening(stand.guest):
        cookie = await stand.paired()
        assert (await stand.guest.get("/api/v1/changes")).kind == "unavailable"
        async with listening(stand.guest, "/api/v1/kiosk/events", **cookie) as events:
            assert (await events.next()).name == "kiosk"


async def test_a_bell_that_rings_before_anybody_sits_down_to_wait_is_heard() -> None:
    bell = Bell()
    waiting = asyncio.ensure_future(bell.rung())
    bell.ring()
    async with asyncio.timeout(1):
        await waiting
