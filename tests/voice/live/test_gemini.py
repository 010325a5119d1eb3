"""The real SDK against the scripted server: what goes over the wire, on each of its three paths."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from edgegw.voice.live import Gemini, GeminiOptions, LiveSession, Vertex
from edgegw.voice.live.session import (
    Audio,
    CannotOpen,
    Closed,
    Event,
    GoAway,
    Handle,
    InputText,
    Interrupted,
    LiveSetup,
    OutputText,
    Ready,
    ToolCall,
    ToolCancelled,
    TurnComplete,
    Usage,
)
from tests.voice.live.conftest import Serve
from tests.voice.live.talk import SETUP, gemini

TURN = {
    "connections": [
        {
            "steps": [
                {"wait": {"activity": "end"}},
                {"heard": "quanto custa"},
                {"call": [{"id": "c1", "name": "prices"}, {"id": "c2", "name": "my_charge"}]},
                {"wait": {"results": ["c1", "c2"]}},
                {"say": {"text": "Custa", "audio": {"tone_ms": 200}, "parts": 5}},
                {"usage": {"prompt": 200, "response": 50}},
                {"turn_complete": True},
                {"handle": "h1"},
                {"handle": {"resumable": False}},
                {"interrupted": 1},
                {"cancel": ["c1"]},
                {"raw": {"somethingNew": {"that": "no SDK knows"}}},
                {"go_away": "9s"},
                {"close": {"code": 1011, "reason": "internal"}},
            ]
        }
    ]
}


async def speak(session: LiveSession) -> list[Event]:
    """One utterance, tools answered, all events until the end."""
    await session.activity_start()
    for _ in range(10):
        await session.send_audio(b"\x01\x00" * 320)
    await session.activity_end()
    events: list[Event] = []
    async for event in session.events():
        events.append(event)
        if isinstance(event, ToolCall):
            await session.tool_result(event.id, event.name, {"result": event.name})
    await session.close()
    return events


async def test_a_whole_turn_comes_as_events_whatever_is_bundled_in_a_message(serve: Serve) -> None:
    async with serve(TURN) as server:
        events = await speak(await gemini(server).open(SETUP))
    audio = [event.pcm for event in events if isinstance(event, Audio)]
    assert len(audio) == 5  # all parts of the one message
    assert sum(map(len, audio)) == 9600
    assert [event for event in events if not isinstance(event, Audio)] == [
        Ready(),
        InputText("quanto custa"),
        ToolCall("c1", "prices", {}),
        ToolCall("c2", "my_charge", {}),
        OutputText("Custa"),
        Usage(200, 50, 250),
        TurnComplete(9600),
        Handle("h1"),  # behind the turn's end
        Handle(None),
        Interrupted(),
        ToolCancelled(("c1",)),
        GoAway(9.0),
        Closed(1011, "internal"),
    ]
    assert server.record.violations == []
    assert server.record.last.results == {"c1": {"result": "prices"}, "c2": {"result": "my_charge"}}
    assert server.record.last.utterances == [b"\x01\x00" * 3200]


async def test_a_whole_answer_fits_into_one_message(serve: Serve) -> None:
    say = {"say": {"audio": {"tone_ms": 25_000}, "parts": 1000}}
    async with serve({"connections": [{"steps": [say, {"close": 1000}]}]}) as server:
        session = await gemini(server).open(SETUP)
        events = [event async for event in session.events()]
        await session.close()
    assert sum(len(event.pcm) for event in events if isinstance(event, Audio)) == 25 * 48_000
    assert events[-1] == Closed(1000, "")


async def test_the_setup_asks_for_what_a_kiosk_needs(serve: Serve) -> None:
    async with serve({"connections": [{}]}) as server:
        session = await gemini(server).open(SETUP)
        await session.close()
        setup = server.record.last.setup
        assert server.record.last.path.endswith("v1beta.GenerativeService.BidiGenerateContent")
        assert (server.record.last.kind, server.record.last.credential) == ("key", "test-key")
    assert setup["model"] == "models/gemini-3.8-live"
    assert setup["generationConfig"]["responseModalities"] == ["AUDIO"]
    voice = setup["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
    assert voice == {"voiceName": "Aoede"}
    assert setup["systemInstruction"]["parts"] == [{"text": "You are EVA."}]
    assert setup["realtimeInputConfig"] == {"automaticActivityDetection": {"disabled": True}}
    assert setup["contextWindowCompression"] == {"slidingWindow": {}}
    assert setup["sessionResumption"] == {}
    assert setup["inputAudioTranscription"] == {
        "customVocabulary": ["Vaga 1", "Vaga 2"],
        "languageCodes": ["pt-BR", "en-US", "es-ES"],
    }
    assert setup["outputAudioTranscription"] == {}
    prices, start, mine = setup["tools"][0]["functionDeclarations"]
    assert {each["behavior"] for each in (prices, start, mine)} == {"BLOCKING"}
    assert prices["parameters"] == {
        "type": "OBJECT",
        "properties": {"station": {"type": "STRING", "enum": ["Vaga 1", "Vaga 2"]}},
    }
    assert start["parameters"]["properties"]["energy_kwh"] == {"type": "NUMBER", "minimum": 1, "nullable": True}
    assert "parameters" not in mine


async def test_an_ephemeral_token_takes_its_own_path_and_is_kept_for_a_resumption(serve: Serve) -> None:
    minted = iter(["auth_tokens/one", "auth_tokens/two"])

    async def mint() -> str:
        return next(minted)

    async with serve({"connections": [{"steps": [{"handle": "h1"}]}]}) as server:
        model = Gemini(GeminiOptions(base_url=server.url), mint)
        for handle in (None, "h1", None):
            session = await model.open(LiveSetup(system="", handle=handle))
            await anext(aiter(session.events()))
            await server.until(lambda: len(server.record.last.sent) == 2)
            await session.close()
            await server.until(lambda: server.record.last.closed_at)
    assert [each.credential for each in server.record.connections] == [
        "auth_tokens/one", "auth_tokens/one", "auth_tokens/two",
    ]  # fmt: skip
    assert {each.path for each in server.record.connections} == {
        "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
    }


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[tuple[Path, HTTPServer]]:
    """A service account's file, and a token endpoint on loopback that it points to."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps({"access_token": "bearer-1", "expires_in": 3600, "token_type": "Bearer"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    key = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True, capture_output=True
    ).stdout.decode()
    file = tmp_path / "account.json"
    account = {
        "type": "service_account", "project_id": "site", "private_key_id": "1", "private_key": key,
        "client_email": "hub@site.iam.gserviceaccount.com", "client_id": "1",
        "token_uri": f"http://127.0.0.1:{server.server_port}/token",
    }  # fmt: skip
    file.write_text(json.dumps(account))
    yield file, server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_vertex_is_reached_with_a_service_account(serve: Serve, accounts: tuple[Path, HTTPServer]) -> None:
    vertex = Vertex(project="site", location="southamerica-east1", credentials=accounts[0])
    async with serve(TURN) as server:
        events = await speak(await gemini(server, vertex=vertex).open(SETUP))
        record = server.record.last
    assert record.path == "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
    assert record.credential == "bearer-1"
    model = "projects/site/locations/southamerica-east1/publishers/google/models/gemini-3.8-live"
    assert record.setup["model"] == model
    assert Usage(200, 50, 250) in events  # under another name there
    assert TurnComplete(9600) in events
    assert Handle("h1") in events
    assert record.results == {"c1": {"result": "prices"}, "c2": {"result": "my_charge"}}
    assert record.setup["inputAudioTranscription"] == {}
    assert {each["behavior"] for each in record.setup["tools"][0]["functionDeclarations"]} == {"BLOCKING"}


async def test_vertex_without_usable_credentials_is_no_key(serve: Serve, tmp_path: Path) -> None:
    vertex = Vertex(project="site", location="southamerica-east1", credentials=tmp_path / "missing.json")
    async with serve(TURN) as server:
        with pytest.raises(CannotOpen) as wrong:
            await gemini(server, vertex=vertex).open(SETUP)
    assert wrong.value.kind == "no_key"
    assert "missing.json" in wrong.value.reason


async def test_what_a_dialogue_was_about_is_told_before_anything_is_said(serve: Serve) -> None:
    async with serve({"connections": [{}]}) as server:
        session = await gemini(server).open(LiveSetup(system="", context="driver: oi"))
        await server.until(lambda: server.record.last.texts)
        await session.close()
    (frame,) = server.record.last.frames
    assert frame[1:] == ("context", "driver: oi")  # typed, and no answer is asked for


@pytest.mark.parametrize(
    ("play", "kind", "code"),
    [
        ({"refuse": {"status": 403, "reason": "API key not valid"}}, "refused", 403),
        (
            {"setup": {"close": {"code": 1007, "reason": "API key not valid. Please pass a valid API key."}}},
            "closed",
            1007,
        ),
        (
            {"setup": {"close": {"code": 1008, "reason": "models/x is not found for API version v1beta"}}},
            "closed",
            1008,
        ),
        ({"setup": {"answer": False}}, "slow", 0),
    ],
)
async def test_a_session_that_does_not_open_says_where_it_failed(
    serve: Serve, play: dict[str, Any], kind: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.voice.live.gemini.SETUP_S", 0.1)
    async with serve({"connections": [play]}) as server:
        with pytest.raises(CannotOpen) as wrong:
            await gemini(server, socket={"open_timeout": 1, "close_timeout": 0.1}).open(SETUP)
    assert (wrong.value.kind, wrong.value.code) == (kind, code)


async def test_nobody_at_the_port_and_a_stranger_s_certificate_are_no_network(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(TURN) as server:
        with monkeypatch.context() as strange:
            strange.delenv("SSL_CERT_FILE")
            with pytest.raises(CannotOpen, match="certificate verify failed") as wrong:
                await gemini(server).open(SETUP)
            assert wrong.value.kind == "no_network"
    with pytest.raises(CannotOpen) as wrong:
        await gemini(server).open(SETUP)
    assert wrong.value.kind == "no_network"


async def test_sending_after_the_end_does_nothing(serve: Serve) -> None:
    async with serve({"connections": [{"steps": [{"abort": True}]}]}) as server:
        session = await gemini(server).open(SETUP)
        events = [event async for event in session.events()]
        assert isinstance(events[-1], Closed)
        assert events[-1].code == 1006
        await session.send_audio(b"\x00" * 640)
        await session.activity_end()
        await session.close()
        await session.close()


MEASURE = """
import asyncio, sys, time
from edgegw.voice.live import Gemini, GeminiOptions, LiveSetup
def rss_kib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
assert not any(name.startswith("google") for name in sys.modules), "the SDK is imported before it is needed"
async def key(): return "k"
async def main():
    late = 0.0
    async def tick():
        nonlocal late
        while True:
            due = time.perf_counter() + 0.01
            await asyncio.sleep(0.01)
            late = max(late, time.perf_counter() - due)
    ticking = asyncio.create_task(tick())
    before = rss_kib()
    began = time.perf_counter()
    session = await Gemini(GeminiOptions(), key).open(LiveSetup(system=""))
    took = time.perf_counter() - began
    await session.close()
    ticking.cancel()
    print(before, rss_kib(), late, took)
asyncio.run(main())
"""


async def test_the_sdk_comes_late_in_a_thread_and_fits_into_memory(
    serve: Serve, certificate: tuple[Path, Path]
) -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')))"],
        check=True, capture_output=True,
    )  # fmt: skip
    async with serve({"connections": [{}]}) as server:
        # A daemon's way: nothing but the environment points the SDK to the scripted server.
        environment = {"SSL_CERT_FILE": str(certificate[0]), "GOOGLE_GEMINI_BASE_URL": server.url, "PATH": "/usr/bin"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", MEASURE, stdout=subprocess.PIPE, env=environment, cwd=Path(__file__).parents[3]
        )
        said, _ = await process.communicate()
    before, after, late_s, took_s = map(float, said.split())
    added = (after - float(bare.stdout)) / 1024
    sdk = (after - before) / 1024
    print(f"\nadded {added:.0f} MB ({sdk:.0f} by the SDK), loop late {late_s:.3f} s, first session {took_s:.2f} s")
    assert added <= 75
    assert late_s < 0.5  # imports in a thread give way to the loop; on this loop nothing but audio waits


def test_binary_audio_is_sent_as_base64_of_either_alphabet() -> None:
    # The SDK sends URL-safe base64, others do not; the server takes both.
    from edgegw.simulate.live.player import _frames

    raw = bytes(range(256))
    for data in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert _frames({"realtimeInput": {"audio": {"data": data.decode()}}}) == [("audio", raw)]
