"""`edgegw run` from its start to its end, as systemd sees it."""

from __future__ import annotations

import signal
import socket
import time
from datetime import UTC, datetime

from tests.daemon.gateways import closed, gateway, station


def start_transaction() -> dict[str, object]:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"connectorId": 1, "idTag": "C1", "meterStart": 1000, "timestamp": at}


def test_it_is_ready_says_how_it_is_and_ends_with_0() -> None:
    with gateway() as running:
        running.ready()
        running.status("0 of 1 stations connected, 0 charging")
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
            running.status("1 of 1 stations connected, 0 charging")
            running.signal(signal.SIGTERM)
            assert closed(one) == 1012
        assert running.ended() == 0
        told = running.told + running.heard(0.1)
        assert told.index("STOPPING=1") < told.index("STATUS=stopping: what is under way is ended")
        assert not (running.folder / "control.sock").exists()


def test_sigterm_lets_what_is_under_way_end() -> None:
    with gateway() as running:
        running.ready()
        with station(running) as one:
            one.boot()
            with running.ledger_held():
                asked = one.send("StartTransaction", start_transaction())
                time.sleep(0.2)
                running.signal(signal.SIGTERM)
                running.until("STOPPING=1")
                time.sleep(0.3)
                assert running.process is not None
                assert running.process.poll() is None
            begun = one.hear(asked)
            assert closed(one) == 1012
        assert running.ended() == 0
        running.ready()
        (started,) = running.facts("transaction_started")
        assert started["data"]["number"] == begun["transactionId"]
        assert running.stop() == 0


def test_a_second_sigterm_ends_it_at_once() -> None:
    with gateway() as running:
        running.ready()
        with station(running) as one:
            one.boot()
            with running.ledger_held():
                one.send("StartTransaction", start_transaction())
                time.sleep(0.2)
                running.signal(signal.SIGTERM)
                running.until("STOPPING=1")
                running.signal(signal.SIGTERM)
                assert running.ended(within_s=1.0) == 1


def test_the_watchdog_is_fed_while_the_ledgers_thread_answers_and_not_while_it_hangs() -> None:
    with gateway() as running:
        running.ready(WATCHDOG_USEC="600000")
        running.until("WATCHDOG=1")
        running.until("WATCHDOG=1")
        with station(running) as one:
            one.boot()
            with running.ledger_held():
                one.send("StartTransaction", start_transaction())
                running.heard(0.5)
                assert "WATCHDOG=1" not in running.heard(1.5)
            running.until("WATCHDOG=1")
        assert "the ledger has not answered for" in running.log.read_text()
        assert running.stop() == 0


def test_a_watchdog_of_another_process_is_not_fed() -> None:
    with gateway() as running:
        running.ready(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        assert "WATCHDOG=1" not in running.heard(0.6)
        assert running.stop() == 0


def test_a_page_whose_port_is_taken_is_told_and_stops_no_station() -> None:
    with gateway() as running, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = running.file.read_text().replace("listen: null", f"listen: '127.0.0.1:{port}'")
        running.file.write_text(text)
        running.ready()
        running.status("0 of 1 stations connected, 0 charging; trouble with web")
        with station(running) as one:
            assert one.boot()["status"] == "Accepted"
        assert f"web.listen: can't listen on 127.0.0.1:{port}: the port is in use" in running.log.read_text()
        assert running.api().ask("GET", "/api/v1/site")["id"] == "test-01"
        assert running.stop() == 0
