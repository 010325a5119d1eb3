"""`edgegw cloud send` between a real broker and a real hub."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from edgegw.cloud.cli import main
from edgegw.mqtt import MQTT_5, MQTT_311
from edgegw.uplink.topics import Topics
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.uplink.parts import SITE, brokers, listening, nothing, open_hub, running, until, uplink

TOPICS = Topics(SITE)
RUN = "import sys; from edgegw.cloud.cli import main; sys.exit(main(sys.argv[1:]))"


async def send(broker: Mosquitto, *words: str) -> tuple[int, list[str], str]:
    """Exit code, lines of output and the errors of `edgegw cloud send SITE ...`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, "send", SITE, *words, "--broker", broker.url,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines(), errors.decode()


@pytest.mark.parametrize("protocol", [MQTT_5, MQTT_311])
async def test_a_command_is_done_and_its_states_are_printed_as_they_come(
    tmp_path: Path, broker: Mosquitto, protocol: int
) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        service = uplink(hub, brokers(broker.url, "hub", protocol=protocol))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            code, out, errors = await send(broker, "set_limit", "target=site", "limit_a=50", "--id", "c-1")
            assert (code, errors) == (0, "")
            assert out[0] == "set_limit c-1"
            assert out[-1].startswith("done")
            assert hub.state.limits["site"].limit_a == 50


async def test_the_same_id_again_is_the_same_command_and_its_end_is_told(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            for amperes in (50, 60):
                code, out, _ = await send(
                    broker, "set_limit", f'{{"target": "site", "limit_a": {amperes}}}', "--id", "c-1", "--json"
                )
                assert code == 0
                states = [orjson.loads(line) for line in out]
                assert states[-1]["state"] == "done"
                assert {state["id"] for state in states} == {"c-1"}
            assert hub.state.limits["site"].limit_a == 50


async def test_a_command_that_is_not_done_is_exit_1_with_its_reason(tmp_path: Path, broker: Mosquitto) -> None:
    async with open_hub(tmp_path / "hub") as hub:
        service = uplink(hub, brokers(broker.url, "hub"))
        async with running(service, nothing):
            await until(lambda: service.status().connected)
            code, out, _ = await send(broker, "start_transaction", "station=CP01", "evse=1", "id_token=0123456")
            assert code == 1
            assert out[-1].startswith("rejected  ")


async def test_a_site_that_is_not_there_is_said_at_once(broker: Mosquitto) -> None:
    code, _, errors = await send(broker, "reload")
    assert code == 1
    assert f"site {SITE} is not connected to {broker.url}" in errors


async def test_what_is_published_is_the_contract_s_envelope_and_an_end_that_never_comes_is_exit_1(
    broker: Mosquitto,
) -> None:
    async with listening(broker.url, TOPICS.commands) as site:
        code, out, errors = await send(
            broker, "start_transaction", "station=7", "evse=1", "id_token=0123", "limit_a=16.5", "note=a=b",
            "--wait", "0.5", "--expires", "5m", "--hold", "--by", "ana",
        )  # fmt: skip
        assert code == 1
        assert "no end within 0.5 s, the last state is not known" in errors
        [message] = site.heard
    body = orjson.loads(message.payload)
    assert message.topic == TOPICS.command("start_transaction")
    assert body["args"] == {"station": "7", "evse": 1, "id_token": "0123", "limit_a": 16.5, "note": "a=b"}
    assert (body["name"], body["by"], body["wait"]) == ("start_transaction", "ana", True)
    assert out == [f"start_transaction {body['id']}"]
    assert message.properties.response_topic == TOPICS.answer("start_transaction")
    assert message.properties.correlation == body["id"].encode()
    assert 290 <= (message.properties.expiry_s or 0) <= 300


async def test_a_broken_connection_is_made_again_and_the_command_published_again(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with listening(broker.url, TOPICS.commands) as site:
        sending = asyncio.ensure_future(send(broker, "reload", "--id", "c-1", "--wait", "20"))
        await until(lambda: bool(site.heard))
    broker.stop()
    broker.start()
    async with listening(broker.url, TOPICS.commands) as site:
        await until(lambda: bool(site.heard))
        for state in ("dispatched", "done"):
            answer = {"id": "c-1", "state": state, "reason": None, "result": None, "at": "2026-11-24T12:00:00Z"}
            await site.link.publish(TOPICS.answer("reload"), orjson.dumps(answer | {"id": "other", "state": "failed"}))
            await site.link.publish(TOPICS.answer("reload"), b"rubbish")
            await site.link.publish(TOPICS.answer("reload"), orjson.dumps(answer))
    code, out, _ = await sending
    assert (code, out) == (0, ["reload c-1", "dispatched", "done"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["send", SITE, "reload", "what", "--broker", "mqtt://b"], "'what' is no argument; allowed: key=value"),
        (["send", SITE, "reload", "{what", "--broker", "mqtt://b"], "Expecting property name"),
        (["send", SITE, "reload", "--broker", "http://b"], "a broker is mqtt://host:port"),
    ],
)
def test_what_can_not_be_sent_is_one_line_and_exit_2(
    words: list[str], says: str, capsys: pytest.CaptureFixture[Any]
) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_a_duration_without_its_unit_is_a_usage_error(capsys: pytest.CaptureFixture[Any]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["send", SITE, "reload", "--broker", "mqtt://b", "--expires", "60"])
    assert end.value.code == 2
    assert "a duration with its unit" in capsys.readouterr().err


def test_no_broker_in_time_is_exit_1_and_says_why(capsys: pytest.CaptureFixture[Any]) -> None:
    words = ["send", SITE, "reload", "--broker", f"mqtt://127.0.0.1:{free_port()}", "--wait", "0.5"]
    assert main(words) == 1
    assert "Connection refused" in capsys.readouterr().err
