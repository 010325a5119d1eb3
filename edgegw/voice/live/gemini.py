"""Gemini's Live API through Google's SDK. The only importer of `google`.

The SDK costs 0.4 s and 45 MB (a Raspberry Pi: about 2 s), so it is imported when the first session is opened, in a
thread. Facts about the SDK (google-genai 3.6, live.py) that this module stands on:

- `receive()` ends with each turn, and more may follow it, a resumption handle for one: it is entered again for ever.
- Each end of the connection is an APIError whose `code` is the websocket's; a failed send is websockets' own
  ConnectionClosed.
- A message of which it knows no field makes it raise TypeError after reading it: that is a new kind of message, no end.
- Its default API version is v1; Live is used with v1beta, ephemeral tokens with v1alpha alone.
- `async_client_args` go to `websockets.connect`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from edgegw.model.value import value
from edgegw.voice.live import session as live
from edgegw.voice.live.schema import declared

if TYPE_CHECKING:
    from google.genai import Client, types
    from google.genai.live import AsyncSession
    from websockets.asyncio.client import ClientConnection

_LOG = logging.getLogger(__name__)

SOCKET: Final[Mapping[str, Any]] = {
    "ping_interval": 20, "ping_timeout": 60, "open_timeout": 3, "close_timeout": 0.5, "max_size": 16 * 2**20,
    "compression": None,
}  # fmt: skip
"""For websockets; seconds and bytes. Pongs of 8 to 30 s were measured on good sessions (python-genai#2935), so a late
one ends nothing: stalls are found by what the model says (`liveness`). A hub without its uplink has to know in 3 s.
Hanging up waits half a second for the other end: a session can't be resumed while its old connection is open. A message
may bundle a whole answer, and 20 s of it pass websockets' own 1 MiB. Sound in base64 is not worth deflating."""

UNACKNOWLEDGED_S: Final = 4.0
"""What the other end's kernel does not acknowledge in this time never arrives: the uplink is gone. (A late pong is a
busy service, but acknowledgements of TCP don't wait for it.) Without this a driver speaks into the void."""

SETUP_S: Final = 3.0
"""For the answer to the setup, after the connection is open."""

LANGUAGES: Final = ("pt-BR", "en-US", "es-ES")
"""What drivers may be expected to speak: hints for the transcripts."""

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

Key = Callable[[], Awaitable[str | None]]
"""A key of AI Studio or an ephemeral token (`auth_tokens/...`), asked for at each fresh session; None: there is no
key."""


@value(kw_only=True)
class Vertex:
    """Vertex AI. `credentials` is a service account's file; without it, Google's application default credentials."""

    project: str
    location: str
    credentials: Path | None = None


@value(kw_only=True)
class GeminiOptions:
    """Which model, and where. `base_url` None: Google's, or what GOOGLE_GEMINI_BASE_URL says. `api_version` is that of
    AI Studio with a key; tokens always use v1alpha, Vertex v1beta1."""

    model: str = "gemini-3.8-live"
    api_version: str = "v1beta"
    vertex: Vertex | None = None
    base_url: str | None = None
    socket: Mapping[str, Any] = field(default_factory=lambda: SOCKET)


class Gemini:
    """A LiveModel. `key` is not asked when Vertex is used."""

    def __init__(self, options: GeminiOptions, key: Key) -> None:
        self._options = options
        self._key = key
        self._client: Client | None = None
        self._shown: str | None = None
        """The key that the client was made with."""

    async def open(self, setup: live.LiveSetup) -> GeminiSession:
        client = await self._connected(again=setup.handle is not None)
        return await _opened(client, self._options, setup)

    async def _connected(self, *, again: bool) -> Client:
        """The client for the key of now; a session that is resumed keeps its token, which is good for one session."""
        if self._client is not None and (again or self._options.vertex is not None):
            return self._client
        shown = None if self._options.vertex is not None else await self._key()
        if self._options.vertex is None and not shown:
            raise live.CannotOpen("no_key")
        if self._client is None or shown != self._shown:
            self._client = await asyncio.to_thread(_client, self._options, shown)
            self._shown = shown
        return self._client


def _client(options: GeminiOptions, key: str | None) -> Client:
    from google.genai import Client, types

    token = key is not None and key.startswith("auth_tokens/")
    http = types.HttpOptions(
        base_url=options.base_url,
        api_version="v1alpha" if token else "v1beta1" if options.vertex is not None else options.api_version,
        async_client_args={**options.socket, "create_connection": _connection()},
    )
    try:
        if options.vertex is None:
            return Client(vertexai=False, api_key=key, http_options=http)
        project, location = options.vertex.project, options.vertex.location
        credentials = _credentials(options.vertex)
        return Client(vertexai=True, credentials=credentials, project=project, location=location, http_options=http)
    except (ValueError, OSError) as error:
        raise live.CannotOpen("broken", 0, str(error)) from None


def _connection() -> type[ClientConnection]:
    from websockets.asyncio.client import ClientConnection

    class Acknowledged(ClientConnection):
        """A connection that ends when what is sent is not acknowledged."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            raw = transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNACKNOWLEDGED_S * 1000))

    return Acknowledged


def _credentials(vertex: Vertex) -> Any:
    """google-auth's credentials. Raises CannotOpen."""
    from google.auth import default
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2.service_account import Credentials

    try:
        if vertex.credentials is None:
            return default(scopes=[SCOPE])[0]
        return Credentials.from_service_account_file(str(vertex.credentials), scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (GoogleAuthError, ValueError, OSError) as error:
        raise live.CannotOpen("no_key", 0, str(error)) from None


def _config(setup: live.LiveSetup, options: GeminiOptions) -> types.LiveConnectConfig:
    from google.genai import types

    vertex = options.vertex is not None
    # Models of 2.5 on Vertex know blocking calls alone, and are not told.
    blocking = not (vertex and "2.5" in options.model)
    # Vertex knows no hints for 2.5's models, and refuses what it does not know.
    hints: dict[str, Any] = {}
    if not vertex:
        hints["language_codes"] = list(dict.fromkeys((setup.language, *LANGUAGES)))
        hints["custom_vocabulary"] = list(setup.vocabulary) or None
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        speech_config=types.SpeechConfig(
            voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=setup.voice))
        ),
        system_instruction=setup.system,
        tools=[
            types.Tool(
                function_declarations=[
                    types.FunctionDeclaration(**each) for each in declared(setup.tools, blocking=blocking)
                ]
            )
        ]
        if setup.tools
        else None,
        session_resumption=types.SessionResumptionConfig(handle=setup.handle),
        input_audio_transcription=types.AudioTranscriptionConfig(**hints),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
        ),
        context_window_compression=types.ContextWindowCompressionConfig(sliding_window=types.SlidingWindow()),
    )


async def _opened(client: Client, options: GeminiOptions, setup: live.LiveSetup) -> GeminiSession:
    from google.auth.exceptions import GoogleAuthError
    from google.genai import errors
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

    # "The SDK's ephemeral token support is experimental", at each connection; the lock file holds the version.
    warnings.filterwarnings("ignore", category=errors.ExperimentalWarning)
    connecting = client.aio.live.connect(model=options.model, config=_config(setup, options))
    patience_s = options.socket.get("open_timeout", 3) + SETUP_S
    try:
        async with asyncio.timeout(patience_s):
            inner = await connecting.__aenter__()
    except TimeoutError:
        raise live.CannotOpen("slow", 0, f"no answer in {patience_s:g} s") from None
    except InvalidStatus as error:
        body = (error.response.body or b"").decode(errors="replace").strip()
        raise live.CannotOpen("refused", error.response.status_code, body or error.response.reason_phrase) from None
    except errors.APIError as error:
        raise live.CannotOpen("closed", error.code or 0, str(error.details)) from None
    except ConnectionClosed as error:
        raise live.CannotOpen("closed", *_end(error)) from None
    except GoogleAuthError as error:
        raise live.CannotOpen("no_network" if "onnection" in str(error) else "no_key", 0, str(error)) from None
    except (OSError, InvalidHandshake) as error:
        raise live.CannotOpen("no_network", 0, str(error) or type(error).__name__) from None
    except (ValueError, TypeError, RuntimeError) as error:
        raise live.CannotOpen("broken", 0, f"{type(error).__name__}: {error}") from None
    session = GeminiSession(inner, connecting)
    if setup.context and setup.handle is None:
        await session.tell(setup.context)
    return session


def _end(error: Any) -> tuple[int, str]:
    close = error.rcvd or error.sent
    return (close.code, close.reason) if close is not None else (1006, "the connection was lost")


class GeminiSession:
    """A LiveSession."""

    def __init__(self, inner: AsyncSession, connecting: contextlib.AbstractAsyncContextManager[Any]) -> None:
        from websockets.exceptions import ConnectionClosed

        self._inner = inner
        self._connecting = connecting
        self._gone = ConnectionClosed
        self._audio_bytes = 0
        self._closed = False
        self.unread = 0
        """Messages that the SDK could not read."""

    async def send_audio(self, pcm: bytes) -> None:
        await self._send(self._inner.send_realtime_input(audio={"data": pcm, "mime_type": "audio/pcm;rate=16000"}))

    async def activity_start(self) -> None:
        await self._send(self._inner.send_realtime_input(activity_start={}))

    async def activity_end(self) -> None:
        await self._send(self._inner.send_realtime_input(activity_end={}))

    async def tool_result(self, call_id: str, name: str, result: Mapping[str, Any]) -> None:
        answer = {"id": call_id, "name": name, "response": dict(result)}
        await self._send(self._inner.send_tool_response(function_responses=[answer]))  # type: ignore[list-item]

    async def nudge(self, text: str) -> None:
        await self._send(self._inner.send_client_content(turns=_typed(text), turn_complete=True))  # type: ignore[arg-type]

    async def tell(self, text: str) -> None:
        """Something to know that asks for no answer."""
        await self._send(self._inner.send_client_content(turns=_typed(text), turn_complete=False))  # type: ignore[arg-type]

    async def _send(self, sending: Coroutine[Any, Any, None]) -> None:
        with contextlib.suppress(self._gone):
            await sending

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            with contextlib.suppress(self._gone, OSError):
                await self._connecting.__aexit__(None, None, None)

    async def events(self) -> AsyncIterator[live.Event]:
        from google.genai import errors

        yield live.Ready()
        while True:
            try:
                async for message in self._inner.receive():
                    for event in self._events(message):
                        yield event
            except errors.APIError as error:
                yield live.Closed(error.code or 1006, str(error.details))
                return
            except (ValueError, TypeError) as error:
                self.unread += 1
                _LOG.warning("the model sent a message that the SDK can't read: %s", error)

    def _events(self, message: types.LiveServerMessage) -> list[live.Event]:
        """All that is in a message: one may bundle several things, and a turn several parts."""
        found: list[live.Event] = []
        if (content := message.server_content) is not None:
            found.extend(self._content(content))
        if message.tool_call is not None:
            for call in message.tool_call.function_calls or ():
                found.append(live.ToolCall(call.id or "", call.name or "", dict(call.args or {})))
        if message.tool_call_cancellation is not None:
            found.append(live.ToolCancelled(tuple(message.tool_call_cancellation.ids or ())))
        if (update := message.session_resumption_update) is not None:
            found.append(live.Handle((update.new_handle or None) if update.resumable else None))
        if message.go_away is not None:
            found.append(live.GoAway(_seconds(message.go_away.time_left)))
        if (usage := message.usage_metadata) is not None:
            prompt, response = usage.prompt_token_count or 0, usage.response_token_count or 0
            found.append(live.Usage(prompt, response, usage.total_token_count or prompt + response))
        return found

    def _content(self, content: types.LiveServerContent) -> list[live.Event]:
        found: list[live.Event] = []
        if content.input_transcription is not None and content.input_transcription.text:
            found.append(live.InputText(content.input_transcription.text))
        if content.output_transcription is not None and content.output_transcription.text:
            found.append(live.OutputText(content.output_transcription.text))
        for part in (content.model_turn.parts if content.model_turn is not None else None) or ():
            if part.inline_data is not None and part.inline_data.data:
                self._audio_bytes += len(part.inline_data.data)
                found.append(live.Audio(part.inline_data.data, time.monotonic()))
        if content.interrupted:
            found.append(live.Interrupted())
        if content.generation_complete:
            found.append(live.GenerationComplete())
        # Work that goes on behind the turn's end (3.8) will still speak.
        if content.turn_complete and _status(content) != "IN_PROGRESS":
            found.append(live.TurnComplete(self._audio_bytes))
            self._audio_bytes = 0
        return found


def _status(content: types.LiveServerContent) -> Literal["IN_PROGRESS"] | None:
    status = content.interaction_status
    return "IN_PROGRESS" if status is not None and status.value == "IN_PROGRESS" else None


def _typed(text: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": text}]}


def _seconds(text: str | None) -> float:
    """Of protobuf's JSON duration, such as `9.5s`."""
    try:
        return max(0.0, float((text or "0s").removesuffix("s")))
    except ValueError:
        return 0.0
