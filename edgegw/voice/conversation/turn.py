"""One turn: what the driver wanted, and what came of it."""

from __future__ import annotations

from edgegw.voice.conversation.actions import Interaction
from edgegw.voice.privacy import masked

MAX_SAID = 2000
"""Letters of one turn that are looked at."""


class Turn:
    """From the first word of the driver, or a notice of the hub, to the end of the reply."""

    def __init__(self, intent: str) -> None:
        self.intent = intent
        self.tool: str | None = None
        self.decision: str | None = None
        self.outcome: str | None = None
        self.heard = ""
        self.said = ""
        self.asked_at: float | None = None
        """When the driver was done."""
        self.sounded_at: float | None = None
        """When the reply began."""

    def hear(self, text: str) -> None:
        self.heard = (self.heard + text)[:MAX_SAID]

    def word(self, text: str) -> None:
        self.said = (self.said + text)[:MAX_SAID]

    def sound(self, now: float) -> None:
        if self.sounded_at is None:
            self.sounded_at = now

    def ended(self, dialogue: str, language: str, *, transcripts: bool) -> Interaction:
        """The record of it; with `transcripts` also what was said, masked."""
        latency = None
        if self.asked_at is not None and self.sounded_at is not None:
            latency = max(0, round((self.sounded_at - self.asked_at) * 1000))
        transcript = None
        if transcripts and (self.heard or self.said):
            transcript = masked(f"{self.heard.strip()}\n{self.said.strip()}".strip())
        return Interaction(
            dialogue=dialogue,
            intent=self.tool or self.intent,
            tool=self.tool,
            decision=self.decision,
            outcome=self._outcome(),
            language=language,
            latency_ms=latency,
            transcript=transcript,
        )

    def _outcome(self) -> str | None:
        """Nothing more than the decision where that was told and no more came of it."""
        if self.outcome is not None:
            return self.outcome
        if self.sounded_at is None:
            return "unanswered"
        return None if self.decision is not None else "answered"
