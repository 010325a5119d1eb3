"""The facts of the kiosk: what was proposed, decided and said, with what is about a person in its own place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast, get_args

from edgegw.core.consent.desk import Dialogue, Held, Order, Waiting
from edgegw.core.kiosk.masking import masked
from edgegw.core.kiosk.quoting import plain
from edgegw.model import facts as f
from edgegw.model.kiosk import Proposal
from edgegw.model.tools import LANGUAGES, TOOLS

PRIVATE_MOST: Final = 2000
"""Characters of a call's arguments that are kept as they came."""

LONGEST_MS: Final = 3_600_000

_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DECISIONS: Final = frozenset(get_args(f.VoiceDecision))


def proposed(proposal: Proposal, speaker: Dialogue | None, at: datetime, fits: bool) -> f.VoiceProposed:
    """A tool call. Of one that does not fit its tool nobody knows what it holds: all of it is private."""
    tool = TOOLS.get(proposal.tool)
    free = {each.name for each in tool.arguments if each.free} if tool is not None else set()
    known = dict(proposal.args) if fits else {}
    hidden = {name: known.pop(name) for name in sorted(free & known.keys())} if fits else dict(proposal.args)
    return f.VoiceProposed(
        at=at, dialogue=plain(proposal.dialogue, 64), call=plain(proposal.call_id, 64), tool=plain(proposal.tool, 64),
        args=known, private=_json(hidden) if hidden else None,
        channel=None if speaker is None else speaker.channel, language=None if speaker is None else speaker.language,
    )  # fmt: skip


def _json(args: Mapping[str, Any]) -> str:
    try:
        return json.dumps(args, sort_keys=True, ensure_ascii=True, default=repr)[:PRIVATE_MOST]
    except (TypeError, ValueError, RecursionError):  # keys that can't be sorted, or a tree without an end
        return "?"


def decided(
    at: datetime, dialogue: str, call: str, tool: str, decision: f.VoiceDecision, reason: str | None = None, *,
    action: str | None = None, held: Held | None = None, order: Order | None = None, by: str | None = None,
    command: str | None = None,
) -> f.VoiceDecided:  # fmt: skip
    """What a call came to."""
    return f.VoiceDecided(
        at=at, dialogue=plain(dialogue, 64), call=plain(call, 64), tool=plain(tool, 64), decision=decision,
        reason=reason, action=action, proof=None if held is None else held.kind,
        id_token=None if held is None else held.id_token, station=None if order is None else order.station,
        evse=None if order is None else order.evse, by=by, command=command,
    )  # fmt: skip


def of_waiting(
    at: datetime, waiting: Waiting, decision: f.VoiceDecision, reason: str | None, **about: Any
) -> f.VoiceDecided:
    """What an action that waited came to."""
    return decided(
        at, waiting.dialogue, waiting.call, waiting.order.tool, decision, reason, action=waiting.id,
        order=waiting.order, **about,
    )  # fmt: skip


def interaction(told: f.VoiceInteraction, *, transcripts: bool) -> f.VoiceInteraction:
    """A turn as it is written down: words that are none of ours are `other`; what was said is masked or left out."""
    tool = None if told.tool is None else told.tool if told.tool in TOOLS else "other"
    transcript = masked(told.transcript) if transcripts and told.transcript else None
    latency_ms = None if told.latency_ms is None else min(max(0, int(told.latency_ms)), LONGEST_MS)
    return f.VoiceInteraction(
        at=told.at, dialogue=plain(told.dialogue, 64), intent=cast("str", _word(told.intent)), tool=tool,
        decision=told.decision if told.decision is None or told.decision in _DECISIONS else "other",
        outcome=_word(told.outcome), language=told.language if told.language in LANGUAGES else None,
        latency_ms=latency_ms, transcript=transcript,
    )  # fmt: skip


def _word(text: str | None) -> str | None:
    return text if text is None or _WORD.fullmatch(text) else "other"
