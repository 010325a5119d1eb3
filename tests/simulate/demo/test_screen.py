"""The live table at the sizes that terminals have, and the same in plain lines."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from edgegw.simulate.demo import lines
from edgegw.simulate.demo.gateway import Frame
from edgegw.simulate.demo.plan import INSTALLED
from edgegw.simulate.demo.screen import Screen, last_picture


def transaction(station: str, state: str = "active", **more: Any) -> dict[str, Any]:
    return {
        "id": f"01a2105f-265a-7c6e-98f3-00000000{station}", "station": station, "state": state, "energy_wh": 12_345,
        "cost": {"amount": "1123.45", "currency": "BRL"}, "charging_state": "charging", "id_token": "04A1B2C0",
        "started_at": "2026-11-25T01:43:20.918000Z", "end_reason": None, **more,
    }  # fmt: skip


def a_frame() -> Frame:
    """A site at work, with wide numbers."""
    frame = Frame(23.4, 60.0, "http://127.0.0.1:45803/", "embedded broker", False)
    frame.notes = [(1.5, "one"), (20.0, "the broker is killed: charging goes on, the backlog grows"), (23.0, "three")]
    for spot in INSTALLED:
        running = None if spot.id == "CP06" else transaction(spot.id)
        reading = {"power_w": 11_999.0, "soc_percent": 100.0, "current_l2_a": 31.9}
        evse = {
            "id": 1, "connectors": [{"id": 1, "status": "charging"}], "reading": reading, "transaction": running,
            "setpoint": {"setpoint_a": 31.9, "reason": "row-b L3 is full"},
        }  # fmt: skip
        frame.stations.append({"id": spot.id, "connected": spot.id != "CP02", "evses": [evse]})
        frame.transactions.append(transaction(spot.id, "ended", end_reason="ev_disconnected"))
    phase = {"measured_a": 110.0, "building_a": 23.0, "given_a": 87.0}
    circuits = [
        {"id": name, "limit_a": limit_a, "phases": {f"L{n}": dict(phase) for n in (1, 2, 3)}}
        for name, limit_a in (("main", 125.0), ("row-b", 32.0))
    ]
    frame.site = {
        "name": "Hub Demo", "currency": "BRL", "circuits": circuits,
        "meters": [{"id": "grid", "reading": {"power_l1_w": 13_900.0}}, {"id": "row-b", "reading": None}],
        "journal": {"A": {"head": 12_345}, "B": {"head": 12_345}},
        "uplink": {"connected": False, "backlog": {"A": 1234, "B": 1234}, "watermark": {"A": 11_111, "B": None}},
    }  # fmt: skip
    return frame


def drawn(what: Any, width: int, height: int) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    console.print(what)
    return out.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 50), (100, 30), (120, 40), (200, 60)])
def test_it_fits_the_terminal_with_nothing_cut_off(width: int, height: int) -> None:
    picture = drawn(Screen(a_frame()), width, height)
    assert len(picture) <= height
    assert {len(line) for line in picture[1:]} == {width}
    text = "\n".join(picture)
    assert "…" not in text
    for words in ("12.0 kW", "12345 Wh", "BRL 1123.45", "100%", "110.0 of 125 A", "13.9 kW", "backlog 1234", "offline"):
        assert words in text
    assert ("row-b L3 is full" in text) == (width >= 110)
    assert ("Transactions" in text) == (height > 24)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 50), (120, 40)])
def test_what_driver_eva_and_gateway_say_has_a_place_in_every_terminal(width: int, height: int) -> None:
    frame = a_frame()
    frame.speaks, frame.said = True, "começa na vaga seis"
    assert "EVA starts" in lines.line(frame)
    frame.voice = {
        "connected": True,
        "state": "mic_lost",
        "microphone_live": True,
        "caption": "Confirme na tela. " * 20,
    }
    frame.decided = [{"tool": "start_charge", "decision": each} for each in ("needs_proof", "confirmed", "done")]
    picture = drawn(Screen(frame), width, height)
    assert len(picture) <= height
    assert {len(line) for line in picture[1:]} == {width}
    text = "\n".join(picture)
    for words in (
        "mic lost",
        "microphone on",
        "começa na vaga seis",
        "Confirme na tela.",
        "needs proof → confirmed → done",
    ):
        assert words in text
    assert ("Phases" in text) == (height > 24)
    assert "EVA mic_lost" in lines.line(frame)


def test_a_phase_beyond_its_breaker_is_red_and_the_bar_does_not_overflow() -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, height=40, force_terminal=True, color_system="standard")
    console.print(Screen(a_frame()))
    assert "\x1b[31m▇" in out.getvalue()


def test_before_the_gateway_answers_there_is_a_picture_already() -> None:
    frame = Frame(0.1, 60.0, "", "mosquitto", False)
    assert any("CP06" in line for line in drawn(Screen(frame), 80, 24))
    assert lines.line(frame).endswith("the gateway starts")


def test_a_line_says_it_all() -> None:
    frame = a_frame()
    frame.transactions[0]["state"] = "active"
    said = lines.line(frame)
    for words in ("5 stations", "1 charging", "110/110/110 of 125 A", "cloud away", "1234 facts"):
        assert words in said


def test_what_stays_behind_is_what_happened_and_every_transaction() -> None:
    picture = "\n".join(drawn(last_picture(a_frame(), 80), 80, 24))
    assert "at 20 s" in picture
    assert all(spot.id in picture for spot in INSTALLED)
