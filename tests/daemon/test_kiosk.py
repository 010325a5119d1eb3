"""A whole gateway with a kiosk: its services, its reload, its commands, and what it is without."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegw.cli import main
from edgegw.daemon.control import Refused
from tests.daemon.gateways import CHECKOUT, Running, gateway, station
from tests.daemon.test_control import played
from tests.support.mosquitto import EXECUTABLE, Mosquitto
from tests.uplink.parts import SITE
from tests.uplink.test_requests import answering

VOICE = "voice: {{enabled: true, {voice}}}\n"


def written(running: Running, *, kiosk: str = "{}", voice: str = "", socket: str = "voice.sock") -> None:
    """A site with a page, a kiosk and a voice."""
    folder = running.folder
    web = f"web: {{listen: null, control: {folder}/control.sock, voice_socket: {folder}/{socket}, kiosk: {kiosk}}}\n"
    running.write()
    text = "".join(line for line in running.file.read_text().splitlines(True) if not line.startswith("web:"))
    running.file.write_text(text + web + VOICE.format(voice=voice))


@contextlib.contextmanager
def spoken(path: Path) -> Iterator[Any]:
    """A voice process that has said hello: a function that asks, and gives the answer, or with nothing to ask the next
    line."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(path))
        lines = line.makefile("rb")

        def ask(**message: Any) -> Any:
            if message:
                line.sendall(json.dumps(message).encode() + b"\n")
            while True:
                found = json.loads(lines.readline())
                if found["type"] != "event" or not message:
                    return found

        assert ask(type="hello", v=1)["stations"][0]["id"] == "CP01"
        yield ask
        lines.close()


def test_a_voice_process_is_served_and_what_it_may_not_touch_goes_on_without_it() -> None:
    with gateway() as running:
        written(running)
        running.ready()
        path = running.folder / "voice.sock"
        with spoken(path) as ask, station(running) as one:
            one.boot()
            assert ask(type="open", id="1", dialogue="d", language="pt-BR", channel="voice")["type"] == "opened"
            told = ask(type="propose", id="2", dialogue="d", tool="station_status", args={}, call_id="c")
            assert told["decision"] == "allowed"
            assert ask(type="token", id="3")["type"] == "refused"
            services = running.api().ask("GET", "/health/ready")["services"]
            assert services["kiosk"]["state"] == services["voice"]["state"] == "running"
            assert "reader" not in services
        assert running.stop() == 0
        assert not path.exists()


def test_a_site_without_kiosk_and_voice_runs_nothing_of_them_and_a_reload_brings_them() -> None:
    with gateway() as running:
        running.ready()
        assert not {"kiosk", "voice", "reader"} & running.api().ask("GET", "/health/ready")["services"].keys()
        with pytest.raises(Refused, match="has no kiosk"):
            running.api().ask("GET", "/api/v1/kiosk")
        written(running)
        report = running.api().ask("POST", "/api/v1/commands?wait=20", {"name": "reload"}, timeout_s=30)
        assert report["result"]["changed"] == ["kiosk", "voice"]
        with spoken(running.folder / "voice.sock"):
            pass
        written(running, socket="other.sock")
        running.api().ask("POST", "/api/v1/commands?wait=20", {"name": "reload"}, timeout_s=30)
        with spoken(running.folder / "other.sock"):
            assert not (running.folder / "voice.sock").exists()
        assert running.stop() == 0


def test_a_taken_voice_socket_is_a_trouble_of_its_own_and_stations_are_served() -> None:
    with gateway() as running:
        written(running)
        (running.folder / "voice.sock").write_text("precious")
        running.ready()
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        services = running.api().ask("GET", "/health/ready")["services"]
        assert "web.voice_socket: can't listen at" in services["voice"]["reason"]
        assert services["stations"]["state"] == services["kiosk"]["state"] == "running"
        assert running.stop() == 0


def test_a_paired_browser_survives_a_restart() -> None:
    with gateway() as running:
        written(running)
        running.ready()
        code = running.api().ask("POST", "/api/v1/kiosk/code", {})["code"]
        assert running.api().ask("POST", "/api/v1/kiosk/pair", {"code": code}) == {"paired": True}
        assert running.stop() == 0
        running.told.clear()
        running.ready()
        (browser,) = running.api().ask("GET", "/api/v1/kiosk/browsers")["items"]
        assert main(["kiosk", "unpair", browser["id"], "-c", str(running.file)]) == 0
        assert running.api().ask("GET", "/api/v1/kiosk/browsers")["items"] == []
        assert running.stop() == 0


@pytest.mark.parametrize(("reads", "kind"), [("cards", "reader"), ("codes", "qr")])
def test_a_card_at_the_reader_is_a_proof_in_the_open_dialogue_and_its_number_is_told_to_nobody(
    reads: str, kind: str
) -> None:
    with gateway() as running:
        ours, theirs = os.openpty()
        tty.setraw(ours)
        tokens = running.folder / "tokens.yaml"
        tokens.write_text("04A1B2C3: accepted\n")
        written(running, kiosk=f"{{reader: {{serial: {os.ttyname(theirs)}, card_number: reversed, reads: {reads}}}}}")
        running.file.write_text(f"{running.file.read_text()}authorization: {{tokens: {tokens}}}\n")
        running.ready()
        with spoken(running.folder / "voice.sock") as ask:
            ask(type="open", id="1", dialogue="d", language="pt-BR", channel="voice")
            for card, accepted in ((b"C3 B2 A1 04", True), (b"04 A1 B2 C3", False)):
                os.write(ours, card + b"\r\n")
                event = ask()
                assert (event["kind"], event["dialogue"]) == ("proof", "d")
                assert (event["result"]["accepted"], event["result"]["kind"]) == (accepted, kind)
                assert "A1" not in json.dumps(event)
        assert "B2" not in running.log.read_text()
        assert running.stop() == 0
        os.close(theirs)
        os.close(ours)


def test_a_reload_reads_the_texts_for_drivers_again() -> None:
    with gateway() as running:
        howto = running.folder / "howto"
        howto.mkdir()
        written(running, voice=f"howto: {howto}")
        running.ready()
        with spoken(running.folder / "voice.sock") as ask:
            ask(type="open", id="1", dialogue="d", language="en", channel="voice")
            for number, key in enumerate(("", "4821")):
                (howto / "toilet.md").write_text(f"# Toilet\n\nThe toilet is behind the shop. Its key is {key}.\n")
                running.api().ask("POST", "/api/v1/commands?wait=20", {"name": "reload"}, timeout_s=30)
                call = {"tool": "how_to", "args": {"question": "where is the toilet"}, "call_id": str(number)}
                told = ask(type="propose", id="2", dialogue="d", **call)
                assert "behind the shop" in json.dumps(told)
                assert ("4821" in json.dumps(told)) is (key != "")
        assert running.stop() == 0


@pytest.mark.skipif(EXECUTABLE is None, reason="mosquitto is not installed (apt install mosquitto)")
async def test_a_token_for_the_voice_comes_from_the_cloud_when_the_file_says_so(tmp_path: Path) -> None:
    given = {"token": "auth_tokens/x", "expires_at": "2026-11-25T18:32:10Z"}
    with Mosquitto(tmp_path) as broker, gateway() as running:
        written(running, voice="gemini: {ephemeral: true, model: gemini-x}")
        text = running.file.read_text().replace("test-01", SITE)
        running.file.write_text(f"{text}uplink: {{brokers: ['{broker.url}']}}\n")
        async with answering(broker.url, lambda question: given) as cloud:
            await asyncio.to_thread(running.ready)
            async with asyncio.timeout(10):
                while not running.api().ask("GET", "/api/v1/site")["uplink"]["connected"]:
                    await asyncio.sleep(0.05)

            def ask() -> Any:
                with spoken(running.folder / "voice.sock") as asked:
                    return asked(type="token", id="1")

            assert await asyncio.to_thread(ask) == {"type": "token", "id": "1", **given}
            assert cloud.asked[0]["model"] == "gemini-x"
        assert await asyncio.to_thread(running.stop) == 0


def test_what_serves_the_page_brings_nothing_of_a_kiosk_that_nobody_asked_for() -> None:
    """Its memory and its start belong to those who have one."""
    look = "import sys, edgegw.daemon.process, edgegw.web.server; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", look], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    loaded = found.stdout.split()
    assert "edgegw.web.api" in loaded
    for name in (
        "edgegw.hub.kiosk",
        "edgegw.core.consent",
        "edgegw.web.kiosk.desk",
        "edgegw.web.eva",
        "edgegw.voice.live",
    ):
        assert name not in loaded


# Commands


def test_pair_prints_a_code_that_people_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    with played({"POST /api/v1/kiosk/code": (200, {"code": "01234567", "expires_in_s": 300.0})}) as gateway:
        assert main(["kiosk", "pair", "-c", str(gateway.file)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "0123 4567"
    assert "within 5 minutes" in said[1]


def test_list_and_unpair_name_browsers_by_their_ids(capsys: pytest.CaptureFixture[str]) -> None:
    two = {"items": [{"id": name, "paired_at": "2026-03-02T12:00:00Z"} for name in ("aa", "bb")], "next": None}
    answers: dict[str, tuple[int, Any]] = {
        "GET /api/v1/kiosk/browsers": (200, two),
        "DELETE /api/v1/kiosk/browsers/aa": (204, b""),
        "DELETE /api/v1/kiosk/browsers/bb": (204, b""),
    }
    with played(answers) as gateway:
        at = ["-c", str(gateway.file)]
        assert main(["kiosk", "list", *at]) == 0
        assert main(["kiosk", "unpair", "cc", *at]) == 1
        assert main(["kiosk", "unpair", *at]) == 2
        assert main(["kiosk", "unpair", "--all", *at]) == 0
        deleted = [asked for asked, _ in gateway.asked if asked.startswith("DELETE")]
    assert deleted == ["DELETE /api/v1/kiosk/browsers/aa", "DELETE /api/v1/kiosk/browsers/bb"]
    out, err = capsys.readouterr()
    assert "aa  paired 2026-03-02T12:00:00Z" in out
    assert "no browser cc is paired; paired: aa, bb" in err


def test_a_site_without_a_kiosk_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    problem = {"type": "/problems/not-found", "title": "x", "status": 404, "detail": "this site has no kiosk"}
    with played({"POST /api/v1/kiosk/code": (404, problem)}) as gateway:
        assert main(["kiosk", "pair", "-c", str(gateway.file)]) == 1
    assert "this site has no kiosk" in capsys.readouterr().err
