"""What a local recognizer is to a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class RecognizerMissing(Exception):
    """The recognizer that the settings name can't be used; the text says why, and what to do."""


class LocalRecognizer(Protocol):
    """Speech in, the words of a closed grammar out. Called in a thread: it may take its time, a second or so."""

    def hear(self, pcm: bytes, phrases: Sequence[str]) -> str:
        """The words of one turn, 16 kHz mono s16le, which is one of `phrases`; empty when it is none of them."""
        ...
