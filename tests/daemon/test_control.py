"""The commands that talk to a gateway, against a socket whose other end the test plays."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegw.cli import main
from edgegw.daemon.control import Gateway, Unreachable
from edgegw.daemon.stations_told import payload
from tests.daemon.gateways import CHECKOUT


class Played:
    """A gateway that gives the answers of a table, and remembers what it was asked."""

    def __init__(self, folder: Path, answers: dict[str, tuple[int, Any]]) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.file = folder / "e.yaml"
        self.socket = folder / "control.sock"
        self.file.write_text(f"site: {{id: a}}\nstations: []\nweb: {{control: {self.socket}}}\n")
        played = self

        class Answers(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                played.asked.append((f"{self.command} {self.path}", json.loads(body) if body else None))
                status, found = answers[f"{self.command} {self.path.partition('?')[0]}"]
                text = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_DELETE = do_GET = do_POST = do_PATCH = answer  # noqa: N815 (http.server's names)

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def address_string(self) -> str:
                return "local"

        self.server = socketserver.UnixStreamServer(str(self.socket), Answers)


@contextlib.contextmanager
def played(answers: dict[str, tuple[int, Any]]) -> Iterator[Played]:
    with tempfile.TemporaryDirectory(prefix="eg-") as folder:
        gateway = Played(Path(folder), answers)
        thread = threading.Thread(target=gateway.server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield gateway
        finally:
            gateway.server.shutdown()
            thread.join()
            gateway.server.server_close()


QUIET = {
    "address": None, "firmware": None, "serial": None, "security_profile": 0, "security_source": "file", "proof": None,
    "clock_fault": None, "skew_s": None, "quirks": None, "alerts": [], "upstream": None, "tolerated": [],
    "knocks": [], "findings": [], "upkeep": {"settings": []}, "boot_source": "file",
    "link": {"state": "up", "since": None},
}  # fmt: skip
"""Of a station of which there is nothing to say."""
STATION = {
    **QUIET,
    "id": "CP01", "name": "Vaga 1", "configured": True, "connected": True, "ocpp": "1.6", "registration": "accepted",
    "vendor": "ABB", "model": "Terra", "evses": [
        {"id": 1, "wired": None, "connectors": [{"id": 1, "status": "charging"}]},
        {"id": 2, "wired": None, "connectors": []},
    ],
    "skew_s": 95.2, "clock_fault": "off", "quirks": {
        "named": None, "recognised": ["abb-terra-ac"], "effects": {"max_stack_level": 0}, "notes": ["Mind the step."],
        "learned": [],
    },
}  # fmt: skip
STRANGER = {
    **QUIET, "link": {"state": "down", "since": "2026-11-30T12:00:00Z"},
    "id": "CP9", "name": "CP9", "configured": False, "connected": False, "ocpp": None, "registration": "pending",
    "vendor": None, "model": None, "evses": [],
}  # fmt: skip


def test_stations_are_a_table_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    with played({"GET /api/v1/stations": (200, {"items": [STATION, STRANGER], "next": None})}) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "STATION  NAME    LINK  OCPP  BOOT                      MODEL      CLOCK  QUIRKS        EVSES",
            "CP01     Vaga 1  up    1.6   accepted                  ABB Terra  +95 s  abb-terra-ac  "
            "1:charging 2:unknown",
            "CP9      CP9     down  -     pending (not configured)  -          -      -             -",
        ]
        assert main(["stations", "list", "--json", "-c", str(gateway.file)]) == 0
        assert json.loads(capsys.readouterr().out) == [STATION, STRANGER]


def test_what_is_peculiar_about_a_station_is_shown_and_what_was_learned_is_forgotten_on_demand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = {"quirk": "no_zero_limit", "at": "2026-11-30T12:00:00Z", "evidence": "a limit of 0 was refused"}
    station = {**STATION, "quirks": {**STATION["quirks"], "learned": [seen]}}
    answers = {
        "GET /api/v1/stations/CP01": (200, station),
        "DELETE /api/v1/stations/CP01/quirks/no_zero_limit": (200, station),
        "DELETE /api/v1/stations/CP01/quirks/no_pong": (404, {"detail": "no quirk 'no_pong' was learned of CP01"}),
    }
    with played(answers) as gateway:
        assert main(["stations", "quirks", "CP01", "-c", str(gateway.file)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "link:       up, OCPP 1.6 from ?",
            "station:    ABB, Terra",
            "boot:       accepted (by file)",
            "security:   profile 0 (by file)",
            "recognised: abb-terra-ac",
            "learned:    no_zero_limit on 2026-11-30T12:00:00Z: a limit of 0 was refused",
            "changes:    max_stack_level = 0",
            "note:       Mind the step.",
            "clock:      +95 s (off)",
        ]
        assert main(["stations", "quirks", "CP01", "--forget", "no_zero_limit", "-c", str(gateway.file)]) == 0
        assert main(["stations", "quirks", "CP01", "--forget", "no_pong", "-c", str(gateway.file)]) == 1
        assert "no quirk 'no_pong' was learned of CP01" in capsys.readouterr().err


def test_what_a_station_is_let_off_with_stands_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"kind": "null", "text": "writes null", "where": "Authorize: idTag", "count": 3}
    station = {**STATION, "tolerated": [told]}
    with played({"GET /api/v1/stations": (200, {"items": [station], "next": None})}) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["CP01 writes null (Authorize: idTag; 3x)"]


def test_what_a_station_says_to_be_wrong_stands_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    alert = {"component": "Connector", "variable": "Temperature", "evse": 1, "severity": 4, "value": "65\x1b[2J",
             "at": "2026-11-30T12:00:00Z"}  # fmt: skip
    bare = {
        **alert,
        "component": "ChargingStation",
        "variable": "Problem",
        "evse": None,
        "severity": None,
        "value": None,
    }
    station = {**STATION, "alerts": [alert, bare]}
    with played({"GET /api/v1/stations": (200, {"items": [station], "next": None})}) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "CP01 alerts, severity 4: Connector Temperature at EVSE 1 is 65?[2J since 2026-11-30T12:00:00Z",
        "CP01 alerts: ChargingStation Problem since 2026-11-30T12:00:00Z",
    ]


def test_what_is_wrong_with_a_station_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    knock = {
        "station": "CP9", "address": "10.0.0.9", "reason": "password", "text": "wrong password", "count": 3,
        "first_at": "2026-11-30T12:00:00Z", "last_at": "2026-11-30T12:09:00Z",
    }  # fmt: skip
    wrong = {"kind": "pending", "level": "bad", "text": "It waits.", "todo": "Let it in.", "values": {}}
    station = {
        **STRANGER, "serial": "SN\x1b1", "quirks": STATION["quirks"], "knocks": [knock],
        "proof": {"tls": True, "by": "password"}, "findings": [wrong, {**wrong, "level": "hint", "text": "It writes."}],
        "upkeep": {"settings": [{"setting": "sample_interval", "status": "refused", "value": "60"}]},
    }  # fmt: skip
    answers = {
        "GET /api/v1/stations": (200, {"items": [station], "next": None}),
        "GET /api/v1/stations/CP9": (200, station),
        "GET /api/v1/knocks": (200, {"items": [{**knock, "station": None}], "next": None}),
    }
    with played(answers) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 0
        assert capsys.readouterr().out.splitlines()[2:] == ["CP9: It waits. Let it in."]
        assert main(["stations", "quirks", "CP9", "-c", str(gateway.file)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert main(["stations", "knocks", "-c", str(gateway.file)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "STATION  ADDRESS   TIMES  LAST                  WHY",
            "-        10.0.0.9  3      2026-11-30T12:09:00Z  wrong password",
        ]
    assert lines[0] == "link:       down since 2026-11-30T12:00:00Z"
    assert "station:    serial SN?1" in lines
    assert "security:   profile 0 (by file), proven by password, with TLS" in lines
    assert lines[-4:] == [
        "setting:    sample_interval = 60: refused",
        "knock:      wrong password (10.0.0.9; 3x, last 2026-11-30T12:09:00Z)",
        "wrong:      It waits. Let it in.",
        "hint:       It writes. Let it in.",
    ]


def test_what_a_station_says_of_itself_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    station = {**STATION, "model": "Terra\x1b[2J\nCP66  free"}
    with played({"GET /api/v1/stations": (200, {"items": [station], "next": None})}) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[1]
        .endswith("ABB Terra?[2J?CP66  free  +95 s  abb-terra-ac  1:charging 2:unknown")
    )


WIRED = {"phases": ["L2", None, None], "odds": 36.4, "steps": 3, "at": "2026-11-30T15:00:00Z"}


def test_what_was_learned_of_phases_stands_below_the_stations(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {**WIRED, "contradicts": True, "text": "CP01/1's L1 is the site's L2: its phases should read [L2, L3, L1]"}
    right = {**WIRED, "contradicts": False, "text": "CP01/2 is L2 ? ?, sure 36:1"}
    evses = [STATION["evses"][0] | {"wired": wrong}, STATION["evses"][1] | {"wired": right}]  # type: ignore[index]
    with played({"GET /api/v1/stations": (200, {"items": [STATION | {"evses": evses}], "next": None})}) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 0
        assert capsys.readouterr().out.splitlines()[2:] == [f"WRONG PHASES: {wrong['text']}", right["text"]]


@pytest.mark.parametrize(
    ("states", "code", "out", "err"),
    [
        (["done"], 0, "done: CP01 is L2 ? ?, sure 36:1\n", ""),
        (["dispatched", "done"], 0, "done: CP01 is L2 ? ?, sure 36:1\n", ""),
        (["failed"], 1, "", "edgegw: the phases are not learned: no car charges there\n"),
        (["dispatched", "failed"], 1, "", "edgegw: the phases are not learned: no car charges there\n"),
    ],
)
def test_learning_phases_is_waited_for_to_its_end(
    states: list[str], code: int, out: str, err: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("edgegw.daemon.stations_told.LEARN_EVERY_S", 0.0)

    def outcome(state: str) -> dict[str, Any]:
        text = "CP01 is L2 ? ?, sure 36:1"
        return {
            "id": "c1", "state": state, "reason": "no car charges there" if state == "failed" else None,
            "result": {"evse": 2, "phases": ["L2", None, None], "text": text} if state == "done" else None,
        }  # fmt: skip

    answers = {
        "POST /api/v1/commands": (202, outcome(states[0])), "GET /api/v1/commands/c1": (200, outcome(states[-1])),
    }  # fmt: skip
    with played(answers) as gateway:
        assert main(["stations", "learn-phases", "CP01", "--evse", "2", "-c", str(gateway.file)]) == code
        assert gateway.asked[0][1] == {"name": "learn_phases", "args": {"station": "CP01", "evse": 2}}
        said = capsys.readouterr()
        assert said.out.partition("\n")[2] == out
        assert said.err == err


def test_a_station_is_accepted_by_its_name_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    with played({"PATCH /api/v1/stations/CP%2F9%20a": (200, STRANGER)}) as gateway:
        assert main(["stations", "accept", "CP/9 a", "-c", str(gateway.file)]) == 0
        assert gateway.asked == [("PATCH /api/v1/stations/CP%2F9%20a", {"boot": "accepted"})]
        assert capsys.readouterr().out == "CP/9 a is accepted\n"


def test_a_refusal_is_told_in_the_gateways_words(capsys: pytest.CaptureFixture[str]) -> None:
    problem = {"type": "/problems/not-found", "title": "Not found", "detail": "there is no station 'CP9'"}
    with played({"PATCH /api/v1/stations/CP9": (404, problem)}) as gateway:
        assert main(["stations", "accept", "CP9", "-c", str(gateway.file)]) == 1
        assert capsys.readouterr().err == "edgegw: there is no station 'CP9'\n"


@pytest.mark.parametrize(
    ("answer", "code", "out", "err"),
    [
        ({"result": {"status": "Accepted"}}, 0, '{\n  "status": "Accepted"\n}\n', ""),
        ({"error": {"code": "NotSupported", "description": "no"}}, 1, "", "edgegw: CP01 answers NotSupported: no\n"),
        ({"error": {"code": "NotSupported", "description": ""}}, 1, "", "edgegw: CP01 answers NotSupported\n"),
    ],
)
def test_a_call_prints_what_the_station_answers(
    capsys: pytest.CaptureFixture[str], answer: Any, code: int, out: str, err: str
) -> None:
    with played({"POST /api/v1/stations/CP01/call": (200, answer)}) as gateway:
        words = ["stations", "call", "CP01", "Reset", "type=Soft", "n=3", "-c", str(gateway.file), "--timeout", "5"]
        assert main(words) == code
        assert gateway.asked[0][1] == {
            "action": "Reset", "payload": {"type": "Soft", "n": 3}, "timeout_s": 5.0, "force": False,
        }  # fmt: skip
        assert capsys.readouterr() == (out, err)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], {}),
        (["type=Soft"], {"type": "Soft"}),
        (["id=007", "ids=[1, 2]", "on=true", "name=a=b", "empty="],
         {"id": "007", "ids": [1, 2], "on": True, "name": "a=b", "empty": ""}),
        (['{"type": "Soft", "x": {"y": 1}}'], {"type": "Soft", "x": {"y": 1}}),
    ],
)  # fmt: skip
def test_a_payload_is_words_or_one_object(words: list[str], found: dict[str, Any]) -> None:
    assert payload(words) == found


@pytest.mark.parametrize("words", [["Soft"], ["=Soft"], ['{"type": '], ["a=1", '{"b": 2}']])
def test_a_payload_that_is_neither_is_a_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stations", "call", "CP01", "Reset", *words, "-c", "/nonexistent.yaml"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_reload_that_goes_on_and_on_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = {"id": "1", "state": "dispatched", "reason": None, "result": None}
    with played({"POST /api/v1/commands": (202, outcome)}) as gateway:
        assert main(["reload", "-c", str(gateway.file)]) == 1
        assert gateway.asked == [("POST /api/v1/commands?wait=120", {"name": "reload"})]
        assert "the reload is still dispatched after 120 s" in capsys.readouterr().err


# Nobody there


def test_a_gateway_that_does_not_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "e.yaml"
    file.write_text("site: {id: a}\nweb: {control: /tmp/no-such.sock}\n")  # wrong, but the socket is named
    for words in (["reload"], ["stations", "list"], ["stations", "accept", "A"], ["stations", "call", "A", "Reset"]):
        assert main([*words, "-c", str(file)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("edgegw: /tmp/no-such.sock: the gateway does not run")


def test_what_a_killed_gateway_left_is_no_gateway() -> None:
    with tempfile.TemporaryDirectory(prefix="eg-") as folder:
        path = Path(folder) / "c.sock"
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
        with pytest.raises(Unreachable, match="the gateway does not run"):
            Gateway(path).ask("GET", "/api/v1/site")


def test_a_file_that_can_not_be_read_is_told_with_78(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stations", "list", "-c", str(tmp_path / "none.yaml")]) == 78
    assert "there is no such file" in capsys.readouterr().err


def test_a_reload_of_a_file_that_is_no_yaml_fails_and_says_what_rules_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "edgegw.yaml").write_text("site: {id: a\n")
    assert main(["reload", "-c", str(tmp_path / "edgegw.yaml")]) == 1
    said = capsys.readouterr().err
    assert "this is not YAML" in said
    assert said.endswith("the old configuration stays in force\n")


def test_an_answer_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with played({"GET /api/v1/stations": (200, b"<html>")}) as gateway:
        assert main(["stations", "list", "-c", str(gateway.file)]) == 1
        assert "the gateway can't be asked" in capsys.readouterr().err


def test_a_gateway_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    with tempfile.TemporaryDirectory(prefix="eg-") as folder, socket.socket(socket.AF_UNIX) as mute:
        mute.bind(f"{folder}/c.sock")
        mute.listen()
        with pytest.raises(Unreachable, match="did not answer within 0 s"):
            Gateway(Path(folder) / "c.sock").ask("GET", "/", timeout_s=0.05)


def test_who_may_not_ask_is_told_of_the_group() -> None:
    humble = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="eg-") as folder, socket.socket(socket.AF_UNIX) as closed:
        closed.bind(f"{folder}/c.sock")
        closed.listen()
        Path(folder, "c.sock").chmod(0o000)
        Path(folder, "e.yaml").write_text(f"web: {{control: {folder}/c.sock}}\n")
        done = subprocess.run(
            [*humble, sys.executable, "-m", "edgegw", "reload", "-c", f"{folder}/e.yaml"],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=15, check=False,
        )  # fmt: skip
    assert done.stderr == (
        f"edgegw: {folder}/c.sock: no permission to talk to the gateway; only root and the group edgegw have it "
        "(sudo usermod -aG edgegw YOU, then log in again)\n"
    )
    assert done.returncode == 1
