"""What is remembered of a station for another CSMS does not grow without end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edgegw.journal.outbox import NUMBERS_KEPT, NewestSaid, OutboxRow, Untold
from edgegw.stations.upstream.kept import MOST_SLOTS, Kept
from edgegw.stations.upstream.message import Message
from edgegw.stations.upstream.queue import Queue
from edgegw.stations.upstream.sorts import sort_of

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


async def nothing(after: int, limit: int) -> list[Untold]:
    return []


async def no_flush() -> bool:
    return True


@pytest.fixture
def rows() -> list[OutboxRow]:
    return []


@pytest.fixture
def kept(rows: list[OutboxRow]) -> Kept:
    return Kept("CP01", Queue(nothing, no_flush), rows.append, {}, {})


def say(kept: Kept, connector: int, status: str = "Available", *, connected: bool = False) -> None:
    payload = {"connectorId": connector, "status": status, "errorCode": "NoError"}
    message = Message(connector + 1, "CP01", "1.6", "StatusNotification", payload, "", NOON)
    kept.put(message, sort_of(message.action, payload), connected=connected)


def test_a_station_that_makes_up_connectors_is_remembered_of_the_first_alone(
    kept: Kept, rows: list[OutboxRow], caplog: pytest.LogCaptureFixture
) -> None:
    for connector in range(MOST_SLOTS + 20):
        say(kept, connector, connected=True)
    assert len(kept.newest) == len(rows) == MOST_SLOTS
    assert kept.again <= kept.newest.keys()  # no room in memory: what is not remembered is told once or not at all
    assert f"more than {MOST_SLOTS} connectors" in caplog.text
    say(kept, 1, "Faulted")
    assert kept.newest["status/1"].payload["status"] == "Faulted"
    assert isinstance(rows[-1], NewestSaid)
    assert "Faulted" in rows[-1].frame


def test_the_newest_transaction_ids_of_the_other_csms_are_remembered(kept: Kept) -> None:
    for number in range(1, NUMBERS_KEPT + 51):
        kept.called(number, 7000 + number)
    assert list(kept.there) == list(range(51, NUMBERS_KEPT + 51))
