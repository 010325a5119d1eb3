"""JSON Schemas of what the kiosk's routes take and answer."""

from __future__ import annotations

from typing import get_args

from edgegw.core.kiosk.places import BayState
from edgegw.model.kiosk import KioskEventKind, ProposalDecision
from edgegw.model.tools import LANGUAGES, TOOLS
from edgegw.web.eva.messages import STATES
from edgegw.web.schemas import ANY_OBJECT, NUMBER, TEXT, TIME, WHOLE, YES_NO, Schema, listed, maybe, record, ref


def kiosk_schemas() -> dict[str, Schema]:
    """By name."""
    voice = record(
        connected={**YES_NO, "description": "A voice process is at the voice socket"}, state={"enum": list(STATES)},
        microphone_live=YES_NO, caption=maybe(TEXT),
        needs_proof={**maybe(TEXT), "description": "What she says while she waits for a card or a PIN"},
    )  # fmt: skip
    pending = record(
        id=TEXT, tool=TEXT, lines={**listed(TEXT), "description": "The read-back"}, station=maybe(TEXT),
        language=TEXT, dialogue=TEXT, expires_in_s=NUMBER,
    )  # fmt: skip
    return {
        "Kiosk": record(
            paired=YES_NO,
            site=record(name=TEXT, locale=TEXT, timezone=TEXT, currency=TEXT),
            state={**maybe(ref("KioskState")), "description": "For a paired browser"},
        ),
        "KioskState": {
            **record(
                bays=listed(
                    record(station=TEXT, evse=WHOLE, label=TEXT, state={"enum": list(get_args(BayState))})
                ),
                assistant=TEXT,
                voice={**maybe(voice), "description": "null while voice.enabled is false"},
                reader={**maybe(record(ready=YES_NO)), "description": "null where there is no card reader"},
                pin_wait_s={**WHOLE, "description": "So long no PIN is taken, after wrong ones"},
                dialogue={**maybe(TEXT), "description": "The screen's own"},
                pending={**listed(pending), "description": "What waits for the driver's touch, oldest first"},
            ),
            "description": "`data:` of an `event: kiosk`",
        },
        "KioskEvent": {
            **record(
                kind={"enum": list(get_args(KioskEventKind))}, dialogue=maybe(TEXT), action=maybe(TEXT),
                station=maybe(TEXT), say=TEXT, result=maybe(ANY_OBJECT),
            ),
            "description": "`data:` of an `event: happened`",
        },
        "KioskProposal": {
            "type": "object", "required": ["tool"], "additionalProperties": False,
            "properties": {
                "tool": {"enum": list(TOOLS)}, "args": ANY_OBJECT,
                "call_id": {**TEXT, "description": "The same is answered the same"},
                "language": {"enum": list(LANGUAGES)},
            },
        },
        "KioskAnswer": record(
            decision={"enum": list(get_args(ProposalDecision))},
            say={**TEXT, "description": "For the driver, in the dialogue's language"},
            action={**maybe(TEXT), "description": "What waits to be confirmed"}, reason=maybe(TEXT),
            result=maybe(ANY_OBJECT),
        ),
        "KioskPin": {**record(pin=TEXT), "additionalProperties": False},
        "KioskPinAnswer": record(accepted=YES_NO, wait_s=WHOLE),
        "KioskButton": {**record(pressed=YES_NO), "additionalProperties": False},
        "KioskCode": {**record(code=TEXT), "additionalProperties": False},
        "KioskNewCode": record(code=TEXT, expires_in_s=NUMBER),
        "KioskBrowser": record(id=TEXT, paired_at=TIME),
        "Nothing": {"type": "object", "additionalProperties": False},
    }  # fmt: skip
