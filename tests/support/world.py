"""The decisions of the core without a hub: what is decided is folded at once, as if every disk were instant."""

from __future__ import annotations

from itertools import count
from typing import Any

from edgegw.core.commands import Verdict, decide_command, received
from edgegw.core.consequences import consequences
from edgegw.core.context import Context
from edgegw.core.fold import apply, fold, received_row
from edgegw.core.matching import retry_key
from edgegw.core.transactions import decide_transaction
from edgegw.hub.ledger import copy_of
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.requests import Reading, TransactionAnswer, TransactionRequest
from edgegw.model.site import Site
from edgegw.model.state import State, Transaction
from tests.support.clock import FakeClock
from tests.support.hubs import a_site


class World:
    """A site, a state and a clock. `facts` are all that were folded so far; ids are `id-1`, numbers count from 1."""

    def __init__(self, site: Site | None = None, clock: FakeClock | None = None) -> None:
        self.site = site or a_site()
        self.clock = clock or FakeClock()
        self.state = State()
        self.facts: list[f.Fact] = []
        self.clock_state: f.Clock = "synced"
        self.registers: dict[tuple[str, int], Any] = {}
        self._ids, self._numbers = count(1), count(1)

    @property
    def context(self) -> Context:
        return Context(
            site=self.site, now=self.clock.now(), clock=self.clock_state, new_id=lambda: f"id-{next(self._ids)}",
            next_number=lambda: next(self._numbers), register=lambda *place: self.registers.get(place),
            retry_salt=b"salt",
        )  # fmt: skip

    def tell(self, *facts: f.Fact) -> None:
        """Fold facts, each with what follows from it."""
        for fact in facts:
            for each in (fact, *consequences(self.state, fact)):
                apply(self.state, fold(self.state, each))
                self.facts.append(each)

    def ask(self, request: TransactionRequest) -> TransactionAnswer:
        """Decide on a request that was not answered before, and fold what was decided; the decision's own changes,
        with what follows from its facts told behind them, come to the same."""
        key = retry_key(self.state, request, b"salt")
        decision = decide_transaction(self.state, request, key, self.context)
        changed = copy_of(self.state)
        apply(changed, decision.changes or ())
        for fact in decision.facts:
            for each in consequences(changed, fact):
                apply(changed, fold(changed, each))
        self.tell(*decision.facts)
        assert changed == self.state
        return decision.answer

    def transaction(self, answer: TransactionAnswer) -> Transaction:
        return self.state.transactions[answer.transaction]

    def of(self, answer: TransactionAnswer) -> list[str]:
        """The types of all facts about a transaction, in order."""
        return [fact.type for fact in self.facts if getattr(fact, "transaction", None) == answer.transaction]

    def metered(self, answer: TransactionAnswer) -> list[tuple[str, int, str]]:
        """Reason, register in Wh and quality of a transaction's meterings, in order."""
        return [
            (fact.reason, fact.import_wh, fact.quality)
            for fact in self.facts
            if isinstance(fact, f.TransactionMetered) and fact.transaction == answer.transaction
        ]

    def judge(self, command: Command, *, connected: bool = True, able: bool = True) -> Verdict:
        """The verdict on a command, which is folded as received."""
        fact = received(command, self.clock.now())
        self.tell(fact)
        return self.again(command, connected=connected, able=able)

    def again(self, command: Command, *, connected: bool = True, able: bool = True) -> Verdict:
        """The verdict on a command that was received before."""
        row = self.state.commands.get(command.id) or received_row(received(command, self.clock.now()))
        return decide_command(self.state, row, self.context, connected=connected, able=able)

    def dispatch(self, command: Command, remote_start_id: int | None = None) -> None:
        """Receive a command and send it on its way."""
        assert self.judge(command).action == "dispatch"
        self.tell(f.CommandDispatched(at=self.clock.now(), command=command.id, remote_start_id=remote_start_id))


def event(clock: FakeClock, stage: Any, seq_no: int, **changed: Any) -> TransactionRequest:
    """A 2.0.1 TransactionEvent of transaction `T1` at CP02, now. Its EVSE is named in `started` alone."""
    values: dict[str, Any] = {
        "station": "CP02", "at": clock.now(), "stage": stage, "evse": 1 if stage == "started" else None,
        "connector": 1 if stage == "started" else None, "reference": "T1", "seq_no": seq_no, "ocpp": "2.0.1",
    }  # fmt: skip
    return TransactionRequest(**values | changed)


def register(clock: FakeClock, import_wh: int, context: str = "periodic", signed: str | None = None) -> Reading:
    """A reading of the register now, as a station tells it in a request."""
    return Reading(clock.now(), import_wh, context, signed)
