"""Proofs: tokens that are shown at the kiosk, and those that stations tell of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from edgegw.core.authorize import authorize
from edgegw.core.consent import desk as d
from edgegw.core.kiosk.sentences import say
from edgegw.hub.kiosk.confirming import Confirming
from edgegw.hub.kiosk.table import Table
from edgegw.model.kiosk import KioskEvent, Proof, ProofKind

PLACE: Final = "kiosk"
"""Where a token was shown, for who is asked about it: no station."""

TOKEN_MOST: Final = 255

REMEMBERED: Final = 1000
"""Proofs whose ids are remembered, so that none counts twice."""

_PIN: Final = re.compile("[0-9]{4,8}")

_LIST: Final = frozenset({"list"})
_KNOWN: Final = frozenset({"list", "cache", "cloud", "upstream"})
_BY: Final[Mapping[ProofKind, frozenset[str]]] = {"reader": _KNOWN | {"policy"}, "qr": _KNOWN, "pin": _LIST}
"""Whose yes counts for what was shown: a site that lets unknown cards charge (`offline_unknown`) means cards."""

_KINDS: Final[Mapping[ProofKind, str]] = {"reader": "ISO14443", "pin": "KeyCode", "qr": "Local"}
"""IdTokenEnumType of OCPP 2.x by the kind of proof."""


class Proving:
    def __init__(self, table: Table, confirming: Confirming) -> None:
        self._table = table
        self._confirming = confirming
        self._known: dict[str, None] = {}

    async def prove(self, proof: Proof) -> bool:
        """See Kiosk.prove."""
        table = self._table
        table.sweep()
        since_s, left_s = table.monotonic(), (proof.expires_at - table.now()).total_seconds()
        kind = _KINDS.get(proof.kind)
        if kind is None or left_s <= 0 or not _is_token(proof) or proof.id in self._known:
            return self._unproved("proof.refused", proof.kind)
        self._known[proof.id] = None
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        if proof.kind != "reader":
            table.desk, may_count = d.guessed(table.desk, since_s)
            if not may_count:
                return self._unproved("proof.locked", proof.kind)
        if proof.kind == "pin":  # by the list alone, and without a question to anybody: it may be a guess
            found = authorize(table.hub.state, proof.id_token, table.hub.context())
        else:
            found = await table.hub.authorization(proof.id_token, kind, PLACE)
        if found.status != "accepted" or found.source not in _BY[proof.kind]:
            return self._unproved("proof.refused", proof.kind)
        if proof.kind != "reader":
            table.desk = d.hit(table.desk, since_s)
        until_s = since_s + min(left_s, table.terms.proof_stop_s)
        held = d.Held(proof.id, proof.kind, proof.id_token, found.group, since_s, until_s, found.source)
        self.shown(held, found.language)
        return True

    def shown(self, held: d.Held, language: str | None = None) -> None:
        """An accepted token was shown, here or at a station. `language` is its bearer's, where that is known."""
        table = self._table
        table.desk, shown = d.show(table.desk, held, table.terms, table.monotonic())
        table.bury(shown.gone)
        if shown.confirms is not None:
            table.tasks.begin(self._second(shown.confirms, held.kind))
        elif not shown.lies and not held.spent:
            self._tell("proof.accepted", {"accepted": True, "kind": held.kind, "language": language}, held.station)

    async def _second(self, action: str, kind: ProofKind) -> None:
        await self._confirming.confirm(action, f"tap:{kind}")

    def _unproved(self, key: str, kind: str) -> bool:
        self._tell(key, {"accepted": False, "kind": kind})
        return False

    def _tell(self, key: str, told: Mapping[str, object], station: str | None = None) -> None:
        speaker = d.asked(self._table.desk)
        speaks = speaker.language if speaker is not None else self._table.language()
        id = speaker.id if speaker is not None else ""
        self._table.tell(KioskEvent("proof", id, station=station, say=say(key, speaks), result=told))


def _is_token(proof: Proof) -> bool:
    """A PIN is digits alone, so that the number of a card that somebody has read is none."""
    token = proof.id_token
    if proof.kind == "pin":
        return _PIN.fullmatch(token) is not None
    return 0 < len(token) <= TOKEN_MOST and token.isprintable()
