"""The scripted Live server, by plain websockets: its doors, its order, and what it says about a wrong scenario."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edgegw.simulate.live import BadScenario, LiveServer, make_certificate, parse, read
from edgegw.simulate.live.sound import BYTES_PER_MS, NoSound, from_file

STUDIO = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
TOKEN = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"

KEY = {"x-goog-api-key": "k"}

AUDIO = {"responseModalities": ["AUDIO"]}
ANSWER = {"tool_response": {"functionResponses": [{"id": "c1", "name": "prices", "response": {}}]}}
TOOL = {"function_declarations": [{"name": "prices", "behavior": "BLOCKING"}]}
SETUP = {
    "setup": {
        "model": "models/gemini-3.8-live",
        "generation_config": {"response_modalities": ["AUDIO"]},
        "realtimeInputConfig": {"automatic_activity_detection": {"disabled": True}},
        "tools": [TOOL],
    }
}
START = {"realtime_input": {"activityStart": {}}}
END = {"realtimeInput": {"activity_end": {}}}
SOUND = {"realtime_input": {"audio": {"data": "AAAA", "mime_type": "audio/pcm;rate=16000"}}}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("live"))


class Wire:
    """A client that sends and gets JSON."""

    def __init__(self, server: LiveServer, certificate: Path) -> None:
        self._url = server.url.replace("https", "wss")
        self._tls = ssl.create_default_context(cafile=str(certificate))

    def to(self, path: str, headers: dict[str, str]) -> connect:
        return connect(self._url + path, ssl=self._tls, additional_headers=headers, close_timeout=1)


async def say(socket: ClientConnection, *messages: dict[str, Any]) -> None:
    for message in messages:
        await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    said = await socket.recv()
    assert isinstance(said, bytes)  # as the real one
    found: dict[str, Any] = json.loads(said)
    return found


async def test_it_has_the_three_doors_of_the_real_one(certificate: tuple[Path, Path]) -> None:
    async with LiveServer(parse({"connections": [{}]}), *certificate) as server:
        wire = Wire(server, certificate[0])
        for path, headers in (
            (STUDIO, KEY),
            (TOKEN, {"Authorization": "Token auth_tokens/t"}),
            (VERTEX, {"Authorization": "Bearer b"}),
        ):
            async with wire.to(path, headers) as socket:
                await say(socket, SETUP)
                assert "sessionId" in (await hear(socket))["setupComplete"]
        for path, headers, status in (
            (STUDIO, {}, 403),
            (TOKEN, KEY, 401),
            (TOKEN.replace("v1alpha", "v1beta"), {"Authorization": "Token auth_tokens/t"}, 404),
            (VERTEX, {}, 401),
            ("/ws/elsewhere", KEY, 404),
        ):
            with pytest.raises(InvalidStatus) as refused:
                async with wire.to(path, headers):
                    pass
            assert refused.value.response.status_code == status
    doors = [(each.kind, each.credential) for each in server.record.connections]
    assert doors == [("key", "k"), ("token", "auth_tokens/t"), ("vertex", "b")]


@pytest.mark.parametrize(
    ("setup", "reason"),
    [
        ({"realtime_input": {}}, "not setup"),
        ({"setup": {"model": "gemini-3.8-live"}}, "model is"),
        ({"setup": {"model": "models/x", "generationConfig": {"responseModalities": ["TEXT"]}}}, "AUDIO"),
        ({"setup": {"model": "models/x", "generationConfig": {**AUDIO, "thinkingConfig": {}}}}, "thinkingConfig"),
    ],
)  # fmt: skip
async def test_a_setup_that_the_model_does_not_take_closes_with_1007(
    certificate: tuple[Path, Path], setup: dict[str, Any], reason: str
) -> None:
    async with LiveServer(parse({"connections": [{}]}), *certificate) as server:
        async with Wire(server, certificate[0]).to(STUDIO, KEY) as socket:
            await say(socket, setup)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007
        assert reason in closed.value.rcvd.reason


CALLED = [{"call": {"id": "c1", "name": "prices"}}, {"pause": "0.3s"}, {"raw": {"serverContent": {}}}]


@pytest.mark.parametrize(
    ("steps", "messages", "code", "violation"),
    [
        ([], [START, SOUND, END], None, None),
        ([], [END], 1007, "activityEnd without start"),
        ([], [START, START], None, "a second activityStart"),
        ([], [SOUND], None, "audio outside an activity"),
        (CALLED, [START], 1008, "start while a blocking call pends"),
        (CALLED, [ANSWER, START, SOUND], None, None),
        ([], [{"toolResponse": {"function_responses": [{"id": "c9", "response": {}}]}}], 1007, "never called"),
        ([*CALLED, {"cancel": ["c1"]}, {"pause": "0.05s"}, {"raw": {"serverContent": {}}}],
         [{"toolResponse": {"functionResponses": [{"id": "c1", "response": {}}]}}], None, "the cancelled call c1"),
    ],
)  # fmt: skip
async def test_it_minds_the_order_as_the_real_one_does(
    certificate: tuple[Path, Path], steps: list[Any], messages: list[Any], code: int | None, violation: str | None
) -> None:
    async with LiveServer(parse({"connections": [{"steps": steps}]}), *certificate) as server:
        async with Wire(server, certificate[0]).to(STUDIO, KEY) as socket:
            await say(socket, SETUP)
            for _ in range(1 + sum("call" in step or "cancel" in step or "raw" in step for step in steps)):
                await hear(socket)
            await say(socket, *messages)
            if code is None:
                await server.until(lambda: len(server.record.last.frames) == len(messages))
            else:
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == code
        found = server.record.violations
        assert [violation in each for each in found] == [True] if violation else found == []


async def test_a_second_end_silences_the_session(certificate: tuple[Path, Path]) -> None:
    steps = [{"wait": {"activity": "end"}}, {"heard": "oi"}, {"wait": {"activity": "end"}}, {"heard": "tchau"}]
    async with LiveServer(parse({"connections": [{"steps": steps}]}), *certificate) as server:
        async with Wire(server, certificate[0]).to(STUDIO, KEY) as socket:
            await say(socket, SETUP, START, END)
            await hear(socket)
            assert (await hear(socket))["serverContent"] == {"inputTranscription": {"text": "oi"}}
            await say(socket, END)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), 0.2)
        assert server.record.violations == ["a second activityEnd"]


async def test_a_handle_is_good_when_its_old_connection_is_gone(certificate: tuple[Path, Path]) -> None:
    plays = [{"steps": [{"handle": "h1"}]}, {}]
    resume = {"setup": {**SETUP["setup"], "sessionResumption": {"handle": "h1"}}}
    async with LiveServer(parse({"connections": plays}), *certificate) as server:
        wire = Wire(server, certificate[0])
        async with wire.to(STUDIO, KEY) as first:
            await say(first, SETUP)
            await hear(first)
            assert (await hear(first))["sessionResumptionUpdate"] == {"resumable": True, "newHandle": "h1"}
            async with wire.to(STUDIO, KEY) as early:
                await say(early, resume)
                with pytest.raises(ConnectionClosed) as closed:
                    await early.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1011
        await server.until(lambda: server.record.connections[0].closed_at)
        async with wire.to(STUDIO, KEY) as second:
            await say(second, resume)
            assert "setupComplete" in await hear(second)
        async with wire.to(STUDIO, KEY) as stranger:
            await say(stranger, {"setup": {**SETUP["setup"], "sessionResumption": {"handle": "h9"}}})
            with pytest.raises(ConnectionClosed) as closed:
                await stranger.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008


async def test_a_paced_answer_comes_in_its_own_time_and_is_cut_by_the_driver(certificate: tuple[Path, Path]) -> None:
    steps = [{"say": {"audio": {"tone_ms": 400}, "pace": 2}}, {"turn_complete": True}]
    steps += [{"say": {"audio": {"tone_ms": 4000}, "pace": 1}}, {"turn_complete": True}, {"heard": "oi"}]  # type: ignore[dict-item]
    clock = asyncio.get_running_loop().time
    async with LiveServer(parse({"connections": [{"steps": steps}]}), *certificate) as server:
        async with Wire(server, certificate[0]).to(STUDIO, KEY) as socket:
            await say(socket, SETUP)
            await hear(socket)
            began = clock()
            while "turnComplete" not in (await hear(socket))["serverContent"]:
                pass
            assert clock() - began == pytest.approx(0.2, abs=0.1)
            await hear(socket)
            await say(socket, START)
            told: list[str] = []
            while "inputTranscription" not in told:
                told += (await hear(socket))["serverContent"]
        assert told[-3:] == ["interrupted", "turnComplete", "inputTranscription"]
        assert told.count("modelTurn") < 10


async def test_a_script_that_is_repeated_makes_other_calls(certificate: tuple[Path, Path]) -> None:
    play = {"steps": [{"wait": {"text": 1}}, {"call": {"id": "c1", "name": "x"}}, {"wait": {"results": ["c1"]}}]}
    typed = {"clientContent": {"turns": [{"parts": [{"text": "oi"}]}], "turnComplete": True}}
    async with LiveServer(parse({"connections": [{**play, "repeat": True}]}), *certificate) as server:
        async with Wire(server, certificate[0]).to(STUDIO, KEY) as socket:
            await say(socket, SETUP)
            await hear(socket)
            for id in ("c1", "c1-2"):
                await say(socket, typed)
                assert (await hear(socket))["toolCall"]["functionCalls"] == [{"id": id, "name": "x", "args": {}}]
                await say(socket, {"toolResponse": {"functionResponses": [{"id": id, "response": {}}]}})
        assert server.record.violations == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("connections: []\n", ":1:1: connections: List should have at least 1 item"),
        (
            "connections:\n  - steps:\n      - {pause: 1s, stall: true}\n",
            ":3:9: connections[0].steps[0]: a step has exactly",
        ),
        ("connections:\n  - steps:\n      - pause: 5\n", ":3:9: connections[0].steps[0].pause: must be a duration"),
        ("connections:\n  - steps:\n      - says: x\n", "connections[0].steps[0].says: Extra inputs are not permitted"),
        ("connections:\n  - steps:\n      - say: {audio: {voice: x}}\n", "one of tone_ms, file and espeak is needed"),
        ("connections: [\n", "this is not YAML"),
    ],
)
def test_a_wrong_scenario_is_told_with_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(BadScenario) as wrong:
        read(file)
    assert said in str(wrong.value)
    assert str(wrong.value).startswith(str(file))


def test_sounds_of_any_rate_become_24_khz(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\x00\x10\x00\x00" * 1600)  # a tenth of a second; the right channel is silent
    pcm = from_file(tmp_path / "x.wav")
    assert len(pcm) == 100 * BYTES_PER_MS
    assert set(pcm[1::2]) == {0x10}
    (tmp_path / "x.pcm").write_bytes(b"\x01\x02\x03")
    assert from_file(tmp_path / "x.pcm") == b"\x01\x02"
    with pytest.raises(NoSound, match="can't be read"):
        from_file(tmp_path / "none.wav")


def test_a_sentence_is_rendered_before_the_server_starts() -> None:
    scenario = parse({"connections": [{"steps": [{"say": {"audio": {"espeak": "Custa dois reais."}}}]}]})
    (pcm,) = scenario.sounds(Path()).values()
    assert 500 < len(pcm) / BYTES_PER_MS < 5000


async def test_the_command_serves_and_says_how_to_reach_it(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text("about: prices\nconnections:\n  - steps:\n      - heard: oi\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edgegw", "simulate", "live", "--scenario", str(file), "--port", "0",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode() == "prices; for the voice process:\n"
    export = (await process.stdout.readline()).decode().split()
    certificate, url = (each.partition("=")[2] for each in export[1:])
    tls = ssl.create_default_context(cafile=certificate)
    async with connect(url.replace("https", "wss") + STUDIO, ssl=tls, additional_headers=KEY) as socket:
        await say(socket, SETUP)
        await hear(socket)
        assert (await hear(socket))["serverContent"]["inputTranscription"]["text"] == "oi"
    process.send_signal(signal.SIGTERM)
    said = (await process.stdout.read()).decode()
    assert await process.wait() == 0
    assert "connection 1 with a key" in said
    assert not Path(certificate).exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--scenario", "/nowhere.yaml"), 78, "/nowhere.yaml: there is no such file"),
        (("--scenario", "x.yaml", "--key", "k"), 78, "--certificate and --key go together"),
        (("--scenario", "x.yaml"), 78, "openssl command is missing"),
    ],
)
def test_what_the_command_cannot_do_is_said_in_words(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "x.yaml").write_text("connections: [{}]\n")
    environment = {**os.environ, "PATH": "/nowhere", "PYTHONPATH": str(Path(__file__).parents[3])}
    ended = subprocess.run(
        [sys.executable, "-m", "edgegw", "simulate", "live", *words], capture_output=True, text=True, cwd=tmp_path,
        env=environment,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr.count("\n")) == (code, 1)
    assert said in ended.stderr


def test_the_example_is_a_scenario() -> None:
    example = Path(__file__).parents[3] / "configs" / "live" / "prices.yaml"
    assert read(example).sounds(example.parent)
