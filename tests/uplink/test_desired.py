"""Desired state over a real mosquitto: retained documents come into force, and the cloud sees which have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from edgegw.hub import Hub
from edgegw.model.requests import AuthorizeAnswer, AuthorizeRequest
from edgegw.mqtt import MQTT_5, MQTT_311, Message, Properties
from edgegw.uplink import states
from edgegw.uplink.desired import Desired
from edgegw.uplink.topics import Topics
from tests.support.mosquitto import Mosquitto
from tests.uplink.parts import SITE, Listener, brokers, listening, nothing, open_hub, running, until, uplink

TOPICS = Topics(SITE)
CONFIG = TOPICS.state("config", SITE)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """State is published twenty times a second."""
    monkeypatch.setattr(states, "STATE_EVERY_S", 0.05)


async def want(cloud: Listener, name: str, body: Any) -> None:
    payload = body if isinstance(body, bytes) else orjson.dumps(body)
    await cloud.link.publish(TOPICS.document(name), payload, retain=True)


def reported(cloud: Listener) -> dict[str, Any]:
    """What the site said last of its desired state, by name."""
    told = cloud.on(CONFIG)
    return told[-1]["applied"] if told else {}


def revs(cloud: Listener) -> dict[str, int]:
    return {name: row["rev"] for name, row in reported(cloud).items()}


async def may(hub: Hub, id_token: str) -> str:
    answer = await hub.request(AuthorizeRequest(station="CP01", at=hub.now(), id_token=id_token))
    assert isinstance(answer, AuthorizeAnswer)
    return answer.status


@asynccontextmanager
async def connected(hub: Hub, url: str, **options: Any) -> AsyncIterator[None]:
    service = uplink(hub, brokers(url, "hub", **options))
    async with running(service, nothing):
        await until(lambda: service.status().connected)
        yield


@pytest.mark.parametrize("protocol", [MQTT_5, MQTT_311])
async def test_what_the_cloud_wants_comes_into_force_and_is_reported(
    tmp_path: Path, broker: Mosquitto, protocol: int
) -> None:
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, CONFIG, protocol=protocol) as cloud:
        await hub.configure(hub.configured)
        before = hub.state.site["site"].digest
        await want(cloud, "tokens/0", {"rev": 4, "tokens": [{"id_token": "A"}, {"id_token": "B", "status": "blocked"}]})
        await want(cloud, "tokens/17", {"rev": 2, "tokens": [{"id_token": "C", "group": "fleet"}]})
        async with connected(hub, broker.url, protocol=protocol):
            await want(cloud, "tariffs", {"rev": 1, "tariffs": {"default": {"energy_kwh": "2.50"}}})
            await want(cloud, "limits", {"rev": 9, "limits": {"site": {"limit_a": 40}}})
            await want(cloud, "stations", {"rev": 3, "stations": {"NEW": {"boot": "accepted"}}})
            await until(lambda: revs(cloud) == {
                "tokens/0": 4, "tokens/17": 2, "tariffs": 1, "limits": 9, "stations": 3,
            })  # fmt: skip
        assert [await may(hub, id_token) for id_token in "ABC"] == ["accepted", "blocked", "accepted"]
        assert [(row.target, row.limit_a) for row in hub.state.limits.values()] == [("site", 40)]
        assert hub.state.stations["NEW"].admitted
        assert reported(cloud)["tokens/0"]["listed"] == 2
        digest = cloud.on(CONFIG)[-1]["configuration"]
        assert digest == hub.state.site["site"].digest != before


async def test_what_was_applied_is_in_force_after_a_restart_and_not_applied_again(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with listening(broker.url, CONFIG) as cloud:
        await want(cloud, "tokens/0", {"rev": 4, "tokens": [{"id_token": "A"}]})
        await want(cloud, "limits", {"rev": 1, "limits": {"site": {"limit_a": 40}}})
        heads = []
        for _ in range(2):
            async with open_hub(tmp_path / "hub") as hub:
                async with connected(hub, broker.url):
                    await until(lambda: revs(cloud) == {"tokens/0": 4, "limits": 1})
                    await until(lambda hub=hub: hub.state.desired.keys() == {"tokens/0", "limits"})  # type: ignore[misc]
                facts = await hub.journal.reader.facts(0, 1000)
                heads.append(
                    [fact.type for fact in facts if fact.type in ("local_list_changed", "policy_limit_changed")]
                )
            cloud.heard.clear()
        assert heads == [["local_list_changed", "policy_limit_changed"]] * 2
        async with open_hub(tmp_path / "hub") as hub:
            assert await may(hub, "A") == "accepted", "without a connection as well"


async def test_a_document_that_is_wrong_is_reported_and_the_one_before_stays(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        listening(broker.url, CONFIG) as cloud,
        connected(hub, broker.url),
    ):
        await want(cloud, "tokens/0", {"rev": 2, "tokens": [{"id_token": "A"}]})
        await until(lambda: revs(cloud) == {"tokens/0": 2})
        for body, refused_rev, error in (
            ({"rev": 3, "tokens": [{"id_token": "B"}, {"id_token": ""}]}, 3, "token number 2: id_token is a text"),
            ({"rev": 1, "tokens": []}, 1, "rev 1 is below 2, which is applied"),
            ({"rev": 2, "tokens": []}, 2, "rev 2 was applied with other contents"),
            (b"{", None, "not JSON"),
            (b"[]", None, "not an object"),
            (b'{"rev": 9, "tokens": ' + b"[" * 500 + b"]" * 500 + b"}", None, "nested too deep"),
            (b'"' + b"x" * 300_000 + b'"', None, "longer than 262144 bytes"),
        ):
            await want(cloud, "tokens/0", body)
            await until(lambda error=error: error in reported(cloud)["tokens/0"].get("error", ""))  # type: ignore[misc]
            row = reported(cloud)["tokens/0"]
            assert (row["rev"], row["refused_rev"]) == (2, refused_rev)
            assert (await may(hub, "A"), await may(hub, "B")) == ("accepted", "invalid")
        await want(cloud, "colours", {"rev": 1})
        await until(lambda: "no desired state of this name" in reported(cloud).get("colours", {}).get("error", ""))
        await want(cloud, "tokens/0", {"rev": 3, "tokens": [{"id_token": "B"}]})
        await until(lambda: revs(cloud)["tokens/0"] == 3)
        assert "error" not in reported(cloud)["tokens/0"]


async def test_a_retained_document_that_is_taken_away_stays_in_force(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        open_hub(tmp_path / "hub") as hub,
        listening(broker.url, CONFIG) as cloud,
        connected(hub, broker.url),
    ):
        await want(cloud, "tokens/0", {"rev": 2, "tokens": [{"id_token": "A"}]})
        await want(cloud, "tokens/0", b"")
        await want(cloud, "tokens/1", {"rev": 1, "tokens": []})
        await until(lambda: revs(cloud) == {"tokens/0": 2, "tokens/1": 1})
        assert "error" not in reported(cloud)["tokens/0"]
        assert await may(hub, "A") == "accepted"


async def test_what_comes_again_with_a_new_connection_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_hub(tmp_path) as hub:
        desired, applied = Desired(hub), list[str]()

        async def desire(name: str, body: Any) -> None:
            applied.append(name)

        monkeypatch.setattr(hub, "desire", desire)
        for body in (b'{"rev": 1}', b'{"rev": 1}', b'{"rev": 2}', b'{"rev": 1}'):
            await desired.take("limits", Message("", body, True, Properties(), 1, 1))
        assert len(applied) == 3


async def test_limits_that_vanish_from_the_document_go(tmp_path: Path, broker: Mosquitto) -> None:
    until_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    async with (
        open_hub(tmp_path / "hub") as hub,
        listening(broker.url, CONFIG) as cloud,
        connected(hub, broker.url),
    ):
        first = {"site": {"limit_a": 40}, "station:CP01": {"limit_w": 7000, "until": until_at}}
        await want(cloud, "limits", {"rev": 1, "limits": first})
        await until(lambda: {row.target for row in hub.state.limits.values()} == {"site", "station:CP01"})
        await want(cloud, "limits", {"rev": 2, "limits": {"station:CP01": first["station:CP01"]}})
        await until(lambda: {row.target for row in hub.state.limits.values()} == {"station:CP01"})
        await until(lambda: revs(cloud) == {"limits": 2})


async def test_a_change_by_command_is_not_undone_by_an_older_document(tmp_path: Path, broker: Mosquitto) -> None:
    old = {"rev": 5, "tariffs": {"default": {"energy_kwh": "2.50"}}}
    async with open_hub(tmp_path / "hub") as hub, listening(broker.url, CONFIG, TOPICS.answer("set_tariffs")) as cloud:
        await want(cloud, "tariffs", old)
        async with connected(hub, broker.url):
            await until(lambda: revs(cloud) == {"tariffs": 5})
            await cloud.order("set_tariffs", {"tariffs": {"default": {"energy_kwh": "3.00"}}})
            await until(lambda: revs(cloud) == {"tariffs": 6})
            assert cloud.on(TOPICS.answer("set_tariffs"))[-1]["result"] == {"rev": 6}
        cloud.heard.clear()
        async with connected(hub, broker.url):  # where the retained one comes again
            await until(lambda: "rev 5 is below 6" in reported(cloud).get("tariffs", {}).get("error", ""))
        assert str(hub.site.tariffs["default"].energy_kwh) == "3.00"
