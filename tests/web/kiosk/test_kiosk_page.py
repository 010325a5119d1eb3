"""The kiosk's page: its files hold together, and a real browser is paired and used by a driver's finger."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest

from edgegw.core.kiosk.places import BayState
from edgegw.model import facts as f
from edgegw.model.kiosk import KioskEventKind, PendingAction
from edgegw.model.tools import CATEGORIES, LANGUAGES, TOOLS
from edgegw.web.eva.messages import STATES
from tests.hub.kiosk.scene import Stations
from tests.web.browser import Tab
from tests.web.kiosk.stand import Stand, standing
from tests.web.test_page import browse, needs_chromium, source, texts

T = TypeVar("T")


def test_every_language_says_everything() -> None:
    found = texts("kiosk_texts.js")
    assert found.keys() == set(LANGUAGES)
    assert found["pt-BR"] == found["en"] == found["es"]
    used = set(re.findall(r"\b(?:text|words)\.(\w+)", source("kiosk.js"))) - {"length"}
    assert used <= found["en"]
    assert set(get_args(BayState)) <= found["en"]
    offered = re.search(r"const CATEGORIES = \[(.*?)\]", source("kiosk.js"))
    assert offered is not None
    assert set(re.findall(r'"(\w+)"', offered[1])) == set(CATEGORIES)
    assert {each if f"{each}_problem" not in found["en"] else f"{each}_problem" for each in CATEGORIES} <= found["en"]


def test_the_page_speaks_of_states_tools_and_events_that_there_are() -> None:
    script = source("kiosk.js")
    troubles = re.search(r"const TROUBLES = \[(.*?)\]", script)
    assert troubles is not None
    assert set(re.findall(r'"(\w+)"', troubles[1])) <= set(STATES)
    assert set(re.findall(r'want\("(\w+)"', script)) <= TOOLS.keys()
    assert set(re.findall(r'event\.kind === "(\w+)"', script)) <= set(get_args(KioskEventKind))


def test_nothing_in_the_page_needs_what_its_policy_forbids() -> None:
    page = source("kiosk.html")
    assert not re.findall(r"<script(?![^>]* src=)|<style|\bstyle=|\bon\w+=", page)
    assert not re.findall(r"(?:src|href)=\"(?!/|data:)", page)
    assert "innerHTML" not in source("kiosk.js")


PRESS = "[...document.querySelectorAll('button')].find((each) => each.textContent.includes({0})).click()"


class Finger:
    """A driver at the screen; `also` does something at the hub meanwhile."""

    def __init__(self, tab: Tab, loop: asyncio.AbstractEventLoop) -> None:
        self.tab = tab
        self._loop = loop

    def touch(self, words: str) -> None:
        self.tab.until(f"[...document.querySelectorAll('button')].some((each) => each.textContent.includes('{words}'))")
        self.tab.evaluate(PRESS.format(f"'{words}'"))

    def sees(self, words: str) -> None:
        self.tab.until(f"document.body.innerText.includes({words!r})")

    def also(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def types(self, digits: str) -> None:
        for digit in digits:
            pad = "[...document.querySelectorAll('.pad button')]"
            self.tab.evaluate(f"{pad}.find((each) => each.textContent === '{digit}').click()")
        self.touch("OK")


async def at_the_screen(stand: Stand, folder: Path, does: Callable[[Finger], T], width: int, height: int) -> T:
    loop = asyncio.get_running_loop()

    def look(tab: Tab) -> T:
        tab.size(width, height)
        tab.open(f"http://127.0.0.1:{stand.guest.at}/kiosk")
        found = does(Finger(tab, loop))
        assert tab.trouble == []
        return found

    return await browse(folder, look)


async def pairing_code(stand: Stand) -> str:
    return str((await stand.installer.post("/api/v1/kiosk/code", {})).json["code"])


def fits(tab: Tab) -> bool:
    """Nothing has to be scrolled for, and each button takes a finger: 44 pixels at least."""
    return bool(
        tab.evaluate(
            "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
            " && document.querySelector('main').scrollHeight <= document.querySelector('main').clientHeight + 1"
            " && [...document.querySelectorAll('button')].every((each) => each.offsetHeight >= 44)"
        )
    )


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(800, 480), (390, 844)])
async def test_a_browser_is_paired_by_its_code_and_shows_bays_prices_and_what_eva_says(
    tmp_path: Path, width: int, height: int
) -> None:
    async with standing(tmp_path) as stand:
        at = stand.clock.now()
        await stand.hub.record(
            f.StationConnected(at=at, station="CP01", ocpp="1.6"),
            f.StationStatusChanged(at=at, station="CP01", evse=1, connector=1, status="available"),
        )
        code = await pairing_code(stand)

        async def says(state: str, *, live: bool, caption: str | None = None) -> None:
            stand.eva.says({"state": state, "microphone_live": live, "caption": caption})

        def use(finger: Finger) -> None:
            tab = finger.tab
            finger.sees("edgegw kiosk pair")
            assert fits(tab)
            finger.types("99999999" if code != "99999999" else "11111111")
            finger.sees("Código não aceito")
            tab.trouble.clear()  # the browser's word for a 403
            finger.types(code)
            finger.sees("Começar recarga")
            assert fits(tab)
            finger.touch("Situação")
            finger.sees("Vaga 2 / 2")
            assert tab.evaluate("document.querySelector('.bays .free').textContent") == "Vaga 1livre"
            assert fits(tab)
            finger.touch("Voltar")
            finger.touch("EN")
            finger.touch("Report a problem")
            finger.sees("Cable")
            assert fits(tab)
            finger.also(says("listening", live=True, caption="<b>Pode falar</b>"))
            finger.sees("Microphone on")
            finger.sees("<b>Pode falar</b>")
            finger.also(says("mic_lost", live=False))
            finger.sees("The microphone does not answer")
            assert not tab.evaluate("document.querySelector('#live').checkVisibility()")
            finger.also(says("cloud_down", live=False))
            finger.sees("No connection to the voice assistant")
            finger.also(says("budget_spent", live=False))
            finger.sees("back tomorrow")

        async with stand.voice():
            await at_the_screen(stand, tmp_path, use, width, height)


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(800, 480), (390, 844)])
async def test_a_start_asks_for_a_card_reads_back_and_waits_for_a_touch(
    tmp_path: Path, width: int, height: int
) -> None:
    async with standing(tmp_path, pairing=False) as stand:
        at, stations = stand.clock.now(), Stations()
        stand.hub.carry_out(["start_transaction", "stop_transaction"], stations)
        await stand.hub.record(
            f.StationConnected(at=at, station="CP01", ocpp="1.6"),
            f.StationStatusChanged(at=at, station="CP01", evse=1, connector=1, status="preparing"),
        )

        def use(finger: Finger) -> None:
            tab = finger.tab
            finger.touch("Começar recarga")
            finger.touch("Vaga 1")
            finger.sees("PIN")
            assert fits(tab)
            finger.types("9999")
            finger.sees("PIN não aceito")
            finger.types("4711")
            finger.sees("R$ 2,00")
            finger.sees("Expira em")
            tab.screenshot(tmp_path / f"{width}.png")
            assert fits(tab)
            assert stations.sent == []
            finger.touch("Confirmar")
            tab.until("document.querySelector('.read-back') === null && document.querySelector('.say') !== null")
            assert "4711" not in tab.evaluate("document.documentElement.outerHTML")

        await at_the_screen(stand, tmp_path, use, width, height)
        (command,) = stations.sent
        assert (command.name, command.args["station"], command.args["id_token"]) == (
            "start_transaction",
            "CP01",
            "4711",
        )
        decided = await stand.hub.journal.reader.facts(0, 100, "voice_decided")
        (touched,) = [fact.body for fact in decided if fact.body["decision"] == "confirmed"]
        assert touched["by"] == "touch:any"


@needs_chromium
async def test_what_eva_proposed_waits_for_the_same_touch_and_goes_away_when_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[PendingAction] = []
    async with standing(tmp_path, pairing=False) as stand:
        monkeypatch.setattr(stand.kiosk, "pending", lambda: tuple(waits))

        async def put(*actions: PendingAction) -> None:
            waits[:] = actions
            stand.eva.bell.ring()

        def use(finger: Finger) -> None:
            finger.sees("Começar recarga")
            until = stand.clock.now() + timedelta(seconds=20)
            finger.also(put(PendingAction("a1", "d1", "start_charge", ("Bay 1",), until, language="en")))
            finger.sees("Check, and touch to confirm")
            finger.sees("Confirm")
            finger.also(put())
            finger.sees("Começar recarga")

        await at_the_screen(stand, tmp_path, use, 800, 480)


@needs_chromium
async def test_what_eva_proposed_is_declined_at_the_screen_and_she_hears_of_it(tmp_path: Path) -> None:
    async with standing(tmp_path, pairing=False) as stand, stand.voice() as line:
        at, stations = stand.clock.now(), Stations()
        stand.hub.carry_out(["start_transaction"], stations)
        await stand.hub.record(
            f.StationConnected(at=at, station="CP01", ocpp="1.6"),
            f.StationStatusChanged(at=at, station="CP01", evse=1, connector=1, status="preparing"),
        )
        await line.ask(type="open", dialogue="d1", language="en", channel="voice")
        await stand.desk.typed("4711")
        answer = await line.ask(
            type="propose", dialogue="d1", tool="start_charge", args={"station": "Vaga 1"}, call_id="c1"
        )
        assert answer["decision"] == "needs_confirmation"

        def use(finger: Finger) -> None:
            finger.sees("Check, and touch to confirm")
            finger.touch("Cancel")
            finger.sees("Começar recarga")

        await at_the_screen(stand, tmp_path, use, 800, 480)
        assert (await line.event("cancelled"))["action"] == answer["action"]
        assert (await stand.touch(f"confirm/{answer['action']}", {}, {})).json["decision"] == "refused"
        assert stations.sent == []


@needs_chromium
async def test_a_driver_who_speaks_with_eva_types_his_pin_at_the_screen(tmp_path: Path) -> None:
    async with standing(tmp_path, pairing=False) as stand, stand.voice() as line:
        await line.ask(type="open", dialogue="d1", language="pt-BR", channel="voice")

        async def asks(call: str) -> str:
            answer = await line.ask(type="propose", dialogue="d1", tool="my_history", args={}, call_id=call)
            return str(answer["decision"])

        def use(finger: Finger) -> None:
            finger.sees("Começar recarga")
            assert finger.also(asks("c1")) == "needs_proof"
            finger.sees("Digite o seu PIN.")
            finger.types("4711")
            finger.sees("Começar recarga")
            assert finger.also(asks("c2")) == "allowed"

        await at_the_screen(stand, tmp_path, use, 800, 480)


@needs_chromium
async def test_the_talk_button_is_held_while_speaking_and_a_tap_is_let_go_by_itself(tmp_path: Path) -> None:
    async with standing(tmp_path, pairing=False) as stand, stand.voice() as line:

        def mouse(tab: Tab, kind: str) -> None:
            box = tab.evaluate("(({x, y, width, height}) => [x + width / 2, y + height / 2])"
                               "(document.querySelector('#talk').getBoundingClientRect())")  # fmt: skip
            tab.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

        def use(finger: Finger) -> None:
            finger.sees("Falar com EVA")
            mouse(finger.tab, "mousePressed")
            assert finger.also(line.event("button"))["pressed"] is True
            finger.tab.evaluate("new Promise((done) => setTimeout(done, 500))")
            mouse(finger.tab, "mouseReleased")
            assert finger.also(line.event("button"))["pressed"] is False
            mouse(finger.tab, "mousePressed")
            mouse(finger.tab, "mouseReleased")
            assert finger.also(line.event("button"))["pressed"] is True
            finger.also(asyncio.sleep(0.3))
            mouse(finger.tab, "mousePressed")
            assert finger.also(line.event("button"))["pressed"] is True, "a tap is followed by no release"
            mouse(finger.tab, "mouseReleased")

        await at_the_screen(stand, tmp_path, use, 800, 480)


@needs_chromium
async def test_the_page_comes_back_by_itself_after_the_kiosk_was_rebuilt(tmp_path: Path) -> None:
    async with standing(tmp_path) as stand:
        desk, code = stand.desk, await pairing_code(stand)

        async def rebuilt(there: bool) -> None:
            stand.neighbours.kiosk = (lambda: desk) if there else (lambda: None)
            desk._is_over = not there
            desk.eva.bell.ring()

        def use(finger: Finger) -> None:
            finger.sees("edgegw kiosk pair")
            finger.types(code)
            finger.sees("Começar recarga")
            finger.also(rebuilt(False))
            finger.sees("Este local não tem quiosque configurado.")
            finger.also(rebuilt(True))
            finger.sees("Começar recarga")
            finger.tab.trouble.clear()  # the browser's words for each 404

        await at_the_screen(stand, tmp_path, use, 800, 480)
