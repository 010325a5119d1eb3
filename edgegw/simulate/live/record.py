"""What a scripted Live server got, for tests to look at. Times are of the event loop's clock, seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

BYTES_PER_MS: Final = 32
"""Of the microphone: 16 kHz, mono, 16 bits."""


@dataclass(slots=True)
class Connection:
    """One connection of a client, from its handshake to its end."""

    path: str
    kind: str
    credential: str
    opened_at: float
    setup: dict[str, Any] = field(default_factory=dict)
    """The first message, keys in camelCase."""
    frames: list[tuple[float, str, Any]] = field(default_factory=list)
    """(when, kind, content): start, end, audio (bytes), stream_end, text, content, result."""
    sent: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """(when, message) of ours."""
    utterances: list[bytes] = field(default_factory=list)
    """Audio between each start and end."""
    results: dict[str, Any] = field(default_factory=dict)
    """Answers to calls, by id."""
    closed_at: float | None = None
    code: int | None = None
    """How it ended, as far as a close was seen."""

    @property
    def audio_ms(self) -> float:
        """All audio that came."""
        return sum(len(frame) for _, kind, frame in self.frames if kind == "audio") / BYTES_PER_MS

    @property
    def texts(self) -> list[str]:
        """Typed turns, context and nudges alike."""
        return [content for _, kind, content in self.frames if kind in ("text", "content", "context")]

    def at(self, kind: str, number: int = 0) -> float:
        """When the `number`th frame of a kind came."""
        return [when for when, each, _ in self.frames if each == kind][number]


@dataclass(slots=True)
class Record:
    """All of them."""

    connections: list[Connection] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """Messages out of order, in words."""
    refused: list[tuple[str, int]] = field(default_factory=list)
    """(path, HTTP status) of handshakes that were refused."""

    @property
    def last(self) -> Connection:
        return self.connections[-1]
