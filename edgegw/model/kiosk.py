"""A driver before the kiosk: who proves to be whom, what EVA or the screen proposes for him, and what is answered.

    propose ─► allowed | needs_proof | needs_confirmation | refused
                             │                 └─► a pending action: a touch, or the same card again, carries it out
                             └─► a proof comes (card reader, PIN, QR, a tap at the station); then it is proposed again

The voice model only proposes. What counts is decided in `core.consent` and held by `hub.kiosk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from edgegw.model.value import value

Channel = Literal["voice", "screen", "text"]
"""How a driver speaks with the kiosk: by voice, by the screen's buttons, or typed in the support console."""

ProofKind = Literal["reader", "pin", "qr", "tap"]
"""The kiosk's card reader, an id token typed at the screen, a QR code; `tap`: a card before a charging station."""

ProposalDecision = Literal["allowed", "needs_confirmation", "needs_proof", "refused"]


@value()
class Proof:
    """An id token was shown, by something other than speech. It is worth one thing that moves something.

    `reader`, `pin` and `qr` are shown at the kiosk and belong to one dialogue; `station` and `evse` are None then. A
    `tap` belongs to the station where it was made, `evse` None while nobody knows at which of its places.
    """

    id: str
    kind: ProofKind
    id_token: str = field(repr=False)
    """Secret: it is in no log, no prompt and no line to the voice process."""
    at: datetime
    expires_at: datetime
    station: str | None = None
    evse: int | None = None


@value()
class Proposal:
    """A tool call. `call_id` names it within its dialogue: the same is answered the same."""

    dialogue: str
    call_id: str
    tool: str
    args: Mapping[str, Any]
    at: datetime


@value()
class ProposalAnswer:
    """What became of a proposal. `say` is one short text in the dialogue's language that may be read aloud; `reason` is
    a word for machines; `action` names what waits for a touch or a second tap; `result` are figures, as JSON."""

    decision: ProposalDecision
    say: str
    action: str | None = None
    reason: str | None = None
    result: Mapping[str, Any] | None = None


@value()
class Refusal:
    """A dialogue can't be opened now."""

    reason: str
    say: str


@value()
class PendingAction:
    """What waits to be confirmed by the driver's hand. `lines` is the read-back, one text a line: what is started,
    where, for which price, and what it may cost at most."""

    id: str
    dialogue: str
    tool: str
    lines: tuple[str, ...]
    expires_at: datetime
    needs: Literal["touch_or_tap"] = "touch_or_tap"
    station: str | None = None
    evse: int | None = None
    language: str = "pt-BR"


KioskEventKind = Literal["proof", "waiting", "confirmed", "expired", "cancelled", "station", "outcome", "closed"]


@value()
class KioskEvent:
    """Something that a dialogue or the screen should know. No id token is in it.

    proof: a card, a PIN or a code was accepted, or was not (`result` {"accepted", "kind", "language"}). waiting: an
    `action` waits for the driver's hand. confirmed, expired, cancelled: what became of it. outcome: how what was
    confirmed or allowed ended. station: a place of this kiosk has changed; `dialogue` is empty then. closed: a
    dialogue's time is over.
    """

    kind: KioskEventKind
    dialogue: str = ""
    action: str | None = None
    station: str | None = None
    say: str = ""
    result: Mapping[str, Any] | None = None


@value(kw_only=True)
class KioskTerms:
    """What holds at a kiosk. Times in seconds."""

    stations: tuple[str, ...] = ()
    """Ids of the stations that it speaks for; all of the site when empty."""
    max_cost: Decimal | None = None
    """Most that a charge begun here may cost, in the site's currency, and what it is ended at when nobody says less."""
    max_energy_wh: int = 100_000
    """Most that may be asked for at once."""
    locale: str = "pt-BR"
    """Language of who has not shown another."""
    wh_per_km: int = 180
    """What a car takes: 18 kWh for 100 km."""
    confirm_s: float = 30.0
    """How long an action waits to be confirmed."""
    proof_start_s: float = 90.0
    """How long a proof is worth a start."""
    proof_stop_s: float = 120.0
    """How long a proof is worth anything else."""
    proof_wait_s: float = 20.0
    """How long a card that was shown before any dialogue waits for one."""
    second_tap_s: float = 2.0
    """A card is not shown again before so long without it: one that lies on the reader confirms nothing."""
    dialogue_s: float = 180.0
    dialogues_an_hour: int = 30
    reads: int = 10
    """Questions in `reads_s`."""
    reads_s: float = 30.0
    effect_gap_s: float = 10.0
    """Between two that move something."""
    effects_a_dialogue: int = 3
    reports_an_hour: int = 3
    answer_s: float = 10.0
    """How long an answer waits for the station's own."""
    transcripts: bool = False
    """Whether what was said is kept, masked, for a day."""
