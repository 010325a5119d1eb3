"""Settings of the voice assistant: `voice`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edgegw.scalars import Credential, Section


class VertexSettings(Section):
    """Gemini through Vertex AI."""

    project: str
    """Google Cloud project."""
    location: str
    """Its region."""


class GeminiSettings(Section):
    """The live model."""

    model: str = "gemini-3.8-live"
    """Name of the model."""
    api_version: str = "v1beta"
    """Version of the API."""
    voice: str = "Aoede"
    """Name of the voice."""
    api_key: Credential | None = None
    """Key of AI Studio."""
    vertex: VertexSettings | None = None
    """Vertex AI instead of AI Studio."""
    ephemeral: bool = False
    """Ask the cloud for a short-lived token before each conversation, so that no key lies at the site."""
    base_url: Annotated[str, Field(pattern=r"^https://[^/\s]+(/\S*)?$")] | None = None
    """Another address of the service, such as a proxy's."""


class RecognizerSettings(Section):
    """What understands drivers while the cloud is away."""

    vosk: Path
    """Folder of an unpacked Vosk model."""


class VoiceSettings(Section):
    """The assistant at the kiosk's microphone."""

    enabled: bool = False
    """Switches the assistant on."""
    assistant: str = "EVA"
    """Her name."""
    start_with: Literal["button", "always"] = "button"
    """What begins a conversation."""
    microphone: str | None = None
    """Part of the device's name; pipe:PATH is a named pipe."""
    speaker: str | None = None
    """Part of the device's name; pipe:PATH is a named pipe."""
    vad: Literal["webrtc", "silero"] = "webrtc"
    """What tells speech from noise; silero is better beside loud fans and needs the extra vad-silero."""
    echo: Literal["half_duplex", "cancelled"] = "half_duplex"
    """half_duplex: she does not listen while she speaks; cancelled: the microphone is an echo-cancelled source."""
    gemini: GeminiSettings = Field(default_factory=GeminiSettings)
    """The live model."""
    transcripts: bool = False
    """Keep what was said, masked, for 24 hours."""
    howto: Path | None = None
    """Folder of Markdown texts that she may read from."""
    stations: list[str] = Field(default_factory=list)
    """Stations that this kiosk may speak about."""
    max_cost: Decimal = Decimal("150.00")
    """Most that one charge started by voice may cost."""
    daily_budget_minutes: Annotated[int, Field(ge=0)] = 120
    """Minutes of conversation a day."""
    daily_budget_tokens: Annotated[int, Field(ge=0)] | None = None
    """Tokens of the live model a day; leave out for no limit."""
    state: Path = Path("/var/lib/edgegw-voice")
    """Folder that remembers what the day has used."""
    prompts: Path = Path("/usr/share/edgegw/prompts")
    """Folder of the sentences that need no cloud, as `edgegw voice --render-prompts` makes it."""
    recordings: Path | None = None
    """Folder of recordings that take their place: pt-BR/goodbye.wav and so on."""
    recognizer: RecognizerSettings | None = None
    """What understands drivers while the cloud is away; without it the screen's buttons are left."""
