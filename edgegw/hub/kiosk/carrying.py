"""Carries out what was allowed or confirmed, by commands of the hub, and tells how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from edgegw.core.consent.desk import Dialogue, Held, Order
from edgegw.core.kiosk.quoting import plain
from edgegw.core.kiosk.sentences import say
from edgegw.hub.door import Hub
from edgegw.hub.kiosk import notes
from edgegw.model import facts as f
from edgegw.model.commands import ENDED, Asker, Command, Outcome
from edgegw.model.kiosk import KioskEvent, KioskTerms, ProposalAnswer
from edgegw.model.value import value

_MOST: Final = 100
"""Commands and charges whose end is still waited for; of more the oldest are forgotten."""


@value()
class UnderWay:
    """A command of the kiosk's whose end is told when it comes."""

    order: Order
    dialogue: str
    language: str
    call: str
    command: str
    action: str | None


class Carrying:
    """`note` writes a fact down, `tell` an event of the kiosk."""

    def __init__(
        self, hub: Hub, terms: KioskTerms, note: Callable[[f.Fact], None], tell: Callable[[KioskEvent], None]
    ) -> None:
        self._hub = hub
        self._terms = terms
        self._note = note
        self._tell = tell
        self._open: dict[str, UnderWay] = {}
        self._starts: dict[str, UnderWay] = {}
        self._begun: dict[str, UnderWay] = {}

    async def carry(
        self, order: Order, held: Held | None, speaker: Dialogue, call: str, command: str, action: str | None = None
    ) -> ProposalAnswer:
        """Give an order to the hub as `command`, once, and wait a while for its end. Raises JournalError."""
        args: dict[str, Any] = dict(order.args)
        if order.command == "start_transaction":
            assert held is not None, "a start is charged to whose card was shown"
            args["id_token"] = held.id_token
        by = Asker(
            "kiosk" if speaker.channel == "screen" else "eva", plain(speaker.id, 64), held.kind if held else None
        )
        under_way = UnderWay(order, speaker.id, speaker.language, call, command, action)
        if order.command == "start_transaction":
            _keep(self._starts, command, under_way)
        outcome = await self._hub.submit(Command(command, order.command, args, by=by), wait_s=self._terms.answer_s)
        if outcome.state in ENDED:
            return self._ended(under_way, outcome)
        _keep(self._open, command, under_way)
        text = say(f"under_way.{order.tool}", speaker.language, bay=order.label)
        return ProposalAnswer("allowed", text, action, "under_way", {"state": outcome.state})

    def heard(self, fact: f.Fact) -> None:
        """Look at a durable fact: the end of a command that took long, or that a charge has begun."""
        if isinstance(fact, f.CommandEnded):
            under_way = self._open.pop(fact.command, None)
            if under_way is not None:
                self._ended(under_way, Outcome(fact.command, fact.state, fact.at, fact.reason, fact.result))
        elif isinstance(fact, f.TransactionStarted):
            if fact.remote_start is not None and (begun := self._starts.pop(fact.remote_start, None)) is not None:
                _keep(self._begun, fact.transaction, begun)
        elif isinstance(fact, f.EnergyTransferStarted):
            begun = self._begun.pop(fact.transaction, None)
            if begun is not None:
                text = say("done.charging", begun.language, bay=begun.order.label)
                self._tell(
                    KioskEvent("outcome", begun.dialogue, begun.action, fact.station, text, {"state": "charging"})
                )

    def _ended(self, under_way: UnderWay, outcome: Outcome) -> ProposalAnswer:
        order = under_way.order
        known: f.VoiceDecision = "failed"
        if outcome.state in ("done", "unknown"):
            known = "done" if outcome.state == "done" else "unknown"
        self._note(
            notes.decided(
                outcome.at, under_way.dialogue, under_way.call, order.tool, known, outcome.state,
                action=under_way.action, order=order, command=under_way.command,
            )
        )  # fmt: skip
        text = say(f"{known}.{order.tool}", under_way.language, bay=order.label)
        result = {"state": outcome.state, **({"detail": plain(outcome.reason, 200)} if outcome.reason else {})}
        self._tell(
            KioskEvent(
                "outcome", under_way.dialogue, under_way.action, order.station, text, {**result, "tool": order.tool}
            )
        )
        return ProposalAnswer("allowed", text, under_way.action, None if known == "done" else known, result)


def _keep(table: dict[str, UnderWay], key: str, under_way: UnderWay) -> None:
    table[key] = under_way
    while len(table) > _MOST:
        del table[next(iter(table))]
