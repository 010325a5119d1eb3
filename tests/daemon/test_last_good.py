"""A wrong edit leaves no site dark: a start goes on with the configuration that was good before, and says so."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.gateways import Running, gateway, station
from tests.support.ports import free_port

USELESS = 78
KEPT = "last-good.yaml"


def kept(running: Running) -> Path:
    return running.folder / "store" / KEPT


def ran_well(running: Running, **options: Any) -> None:
    """One life with a good file, long enough to keep it."""
    running.write(**options)
    running.ready()
    running.status("0 of 1 stations connected")
    for _ in range(100):
        if kept(running).exists():
            break
        running.heard(0.05)
    assert running.stop() == 0
    running.told.clear()


def health(running: Running) -> Any:
    return running.api().ask("GET", "/health/ready")


@pytest.mark.parametrize(
    "wrong", ["site: {id: TEST}\n", "site: [\n", "", "site: {id: test-01}\nstations: [{id: A, x: 1}]\n"]
)
def test_a_start_with_a_broken_file_goes_on_with_the_last_good_one_and_says_so(wrong: str) -> None:
    with gateway() as running:
        ran_well(running)
        running.file.write_text(wrong)
        running.ready(STATE_DIRECTORY=str(running.folder / "store"))
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        assert "the edited configuration is refused, the old one is in force: " in running.status("0 of 1 stations")
        told = health(running)["services"]["configuration"]
        assert told["state"] == "degraded"
        assert str(running.file) in told["reason"]
        assert "the configuration is refused, the last good one is in force" in running.log.read_text()
        assert running.stop() == 0


def test_a_mended_file_comes_into_force_by_a_reload_and_the_complaint_ends() -> None:
    with gateway() as running:
        ran_well(running)
        good = running.file.read_text()
        running.file.write_text("site: [\n")
        running.ready(STATE_DIRECTORY=str(running.folder / "store"))
        running.file.write_text(good.replace("{id: CP01}", "{id: CP01}, {id: CP02}"))
        outcome = running.api().ask("POST", "/api/v1/commands?wait=20", {"name": "reload"}, timeout_s=30)
        assert outcome["state"] == "done", outcome
        assert "configuration" not in health(running)["services"]
        running.status("0 of 2 stations connected")
        running.stop()
        assert "CP02" in kept(running).read_text()


def test_an_edit_that_is_refused_by_a_reload_is_told_among_the_services_as_well() -> None:
    with gateway() as running:
        ran_well(running)
        running.ready()
        running.file.write_text("site: {id: TEST}\n")
        outcome = running.api().ask("POST", "/api/v1/commands?wait=20", {"name": "reload"}, timeout_s=30)
        assert outcome["state"] == "failed"
        assert health(running)["services"]["configuration"]["state"] == "degraded"


def test_a_sound_file_that_asks_for_what_can_not_be_had_is_no_reason_to_stay_dark() -> None:
    with gateway() as running:
        ran_well(running)
        text = running.file.read_text()
        running.file.write_text(text.replace("address: 127.0.0.1", "address: 203.0.113.7"))
        running.ready()
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        assert "can't listen on 203.0.113.7" in health(running)["services"]["configuration"]["reason"]
        assert running.stop() == 0
        running.told.clear()
        missing = "address: 127.0.0.1, tls: {certificate: /none/c, key: /none/k}"
        running.file.write_text(text.replace("address: 127.0.0.1", missing))
        running.ready()
        assert "/none/c" in health(running)["services"]["configuration"]["reason"]
        assert running.stop() == 0
        assert "/none" not in kept(running).read_text()


def test_a_port_in_use_that_was_the_same_before_is_waited_for_and_not_gone_around() -> None:
    with gateway() as running:
        ran_well(running)
        with socket.create_server(("127.0.0.1", running.port)):
            running.start()
            assert running.ended() == 1
        assert running.log.read_text().count("can't listen on") == 1


def test_without_a_good_one_of_this_very_file_a_broken_file_is_78() -> None:
    with gateway() as running:
        ran_well(running)
        other = running.folder / "other.yaml"
        shutil.copy(running.file, other)
        running.file = other
        other.write_text(other.read_text().replace("test-01", "TEST"))
        running.start(STATE_DIRECTORY=str(running.folder / "store"))
        assert running.ended() == USELESS


def test_a_broken_list_of_cards_leaves_the_last_good_one_in_force() -> None:
    with gateway() as running:
        tokens = running.folder / "tokens.yaml"
        tokens.write_text("CARD1: accepted\n")
        ran_well(running, more=f"authorization: {{tokens: {tokens}}}\n")
        tokens.write_text("CARD1: perhaps\n")
        running.ready()
        with station(running) as one:
            one.boot()
            assert one.call("Authorize", {"idTag": "CARD1"})["idTagInfo"]["status"] == "Accepted"
        assert "perhaps" in json.dumps(health(running)["services"]["configuration"])


def test_what_is_kept_is_written_once_and_is_nobodys_to_read() -> None:
    with gateway() as running:
        ran_well(running)
        before = kept(running).stat()
        assert before.st_mode & 0o777 == 0o600
        ran_well(running)
        assert kept(running).stat().st_mtime_ns == before.st_mtime_ns
        running.port = free_port()
        ran_well(running)
        assert str(running.port) in kept(running).read_text()
