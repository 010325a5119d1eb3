"""Facts of the kiosk: what was proposed for a driver by EVA or the screen, what was decided, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, Literal

from edgegw.model.facts.fact import Fact
from edgegw.model.kiosk import Channel, ProofKind
from edgegw.model.value import value

VoiceDecision = Literal[
    "allowed", "needs_confirmation", "needs_proof", "refused",
    "confirmed", "expired", "cancelled",
    "done", "failed", "unknown",
]  # fmt: skip
"""The answer to a proposal; what became of its action; how what was carried out ended."""


@value(kw_only=True)
class VoiceProposed(Fact):
    """A tool call reached the hub. `call` names it within its `dialogue`. `args` are those that are no free text;
    `private` are the driver's own words, or all that was sent where that fits no tool, as JSON; the cloud is not sent
    them, and they are erased after a day."""

    type: ClassVar[str] = "voice_proposed"
    personal: ClassVar[tuple[str, ...]] = ("private",)
    kept_here: ClassVar[tuple[str, ...]] = ("private",)
    shown: ClassVar[tuple[str, ...] | None] = ("channel", "language")

    dialogue: str
    call: str
    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    private: str | None = None
    channel: Channel | None = None
    language: str | None = None


@value(kw_only=True)
class VoiceDecided(Fact):
    """What was decided on a tool call, and later what became of it: its action was confirmed (`by` a touch or a tap),
    expired or cancelled, what was carried out (`command`) is done, failed or nobody knows.

    `proof` is the kind of the proof that it rests on, `id_token` whose it is; None where it needs none.
    """

    type: ClassVar[str] = "voice_decided"
    personal: ClassVar[tuple[str, ...]] = ("id_token",)
    shown: ClassVar[tuple[str, ...] | None] = ("decision", "proof")

    dialogue: str
    call: str
    tool: str
    decision: VoiceDecision
    reason: str | None = None
    action: str | None = None
    proof: ProofKind | None = None
    id_token: str | None = None
    station: str | None = None
    evse: int | None = None
    by: str | None = None
    command: str | None = None


@value(kw_only=True)
class VoiceInteraction(Fact):
    """One turn of a conversation: what the driver wanted, what was done, and how long until he heard the first of the
    answer. `transcript` only where that is switched on, masked, never sent to the cloud, and
    erased after a day."""

    type: ClassVar[str] = "voice_interaction"
    personal: ClassVar[tuple[str, ...]] = ("transcript",)
    kept_here: ClassVar[tuple[str, ...]] = ("transcript",)
    shown: ClassVar[tuple[str, ...] | None] = ("decision", "language", "latency_ms")

    dialogue: str
    intent: str
    tool: str | None = None
    decision: str | None = None
    outcome: str | None = None
    language: str | None = None
    latency_ms: int | None = None
    transcript: str | None = None
