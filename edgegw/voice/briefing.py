"""What the voice process is told at its start: the command line reads it from the installer's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edgegw.voice.languages import Language
from edgegw.voice.settings import VoiceSettings


class NoBriefing(Exception):
    """The file can't be used; `lines` say why, for people."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Briefing:
    """One section of the file, and what of the others concerns EVA."""

    settings: VoiceSettings
    socket: Path
    """The hub's voice socket."""
    locale: Language
    timezone: str
    key: Callable[[], str | None] = field(repr=False)
    """Reads the key of AI Studio from the credentials, again each time; None: it is not stored. Raises ValueError."""
