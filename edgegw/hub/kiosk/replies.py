"""What is said to what was decided: answers to questions, read-backs, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from edgegw.core.consent.desk import Held
from edgegw.core.consent.verdict import Verdict
from edgegw.core.kiosk import figures
from edgegw.core.kiosk.charges import my_charge, my_history
from edgegw.core.kiosk.places import bays
from edgegw.core.kiosk.prices import prices
from edgegw.core.kiosk.sentences import listed, say
from edgegw.core.kiosk.status import station_status
from edgegw.core.tokens import same
from edgegw.hub.door import Hub
from edgegw.hub.kiosk.howto import Howto
from edgegw.model.kiosk import KioskTerms, ProposalAnswer
from edgegw.model.state import Transaction

FRESH_S: Final = 120.0
"""A reading that is older says nothing of the power that flows now."""

PAGE: Final = 100
PAGES: Final = 5
"""So far back, in transactions of the whole site, a driver's own are looked for."""

_OVER: Final[Mapping[str, Any]] = {"bay": "", "bays": (), "amount": Decimal(0), "estimate": Decimal(0)}


def phrase(key: str, verdict: Verdict, speaks: str, currency: str) -> str:
    """The sentence of a verdict that is no answer, with its figures."""
    told = {**_OVER, **verdict.figures}
    return say(
        key, speaks, bay=told["bay"], bays=listed(list(told["bays"]), speaks),
        amount=figures.money(told["amount"], currency, speaks),
        estimate=figures.money(told["estimate"], currency, speaks),
    )  # fmt: skip


class Replies:
    """Answers to what may be read."""

    def __init__(self, hub: Hub, terms: KioskTerms, howto: Howto) -> None:
        self._hub = hub
        self._terms = terms
        self._howto = howto

    async def read(self, tool: str, args: Mapping[str, Any], verdict: Verdict, speaks: str) -> ProposalAnswer:
        """The answer to a question that may be asked. `args` name stations by their ids."""
        hub, site, now, only = self._hub, self._hub.site, self._hub.now(), args.get("station")
        match tool:
            case "station_status":
                text, result = station_status(bays(hub.state, site, self._terms, only), speaks)
            case "prices":
                text, result = prices(site, self._terms, now, speaks, only)
            case "how_to":
                text, result = self._found(args["question"], speaks)
            case "my_charge":
                running = [hub.state.transactions[id] for id in verdict.about if id in hub.state.transactions]
                text, result = my_charge(
                    hub.state, site, bays(hub.state, site, self._terms), running, now, speaks,
                    register=hub.context().register, power=self._power_w,
                )  # fmt: skip
            case _:
                assert verdict.held is not None, "nobody's history is read to nobody"
                text, result = my_history(site, await self._ended(verdict.held, args.get("limit") or 3), speaks)
        return ProposalAnswer("allowed", text, result=result)

    def _found(self, question: str, speaks: str) -> tuple[str, Mapping[str, Any]]:
        found = self._howto.search(question)
        if found is None:
            return say("howto.none", speaks), {"found": False}
        text = say("howto.found", speaks, heading=found.heading, text=found.text)
        return text, {"found": True, "heading": found.heading, "quoted_text": found.text, "file": found.file}

    def _power_w(self, station: str, evse: int) -> float | None:
        latest = self._hub.latest(f"stations/{station}/{evse}")
        if latest is None or latest.age_s > FRESH_S or latest.sample.quality != "good":
            return None
        return latest.sample.values.get("power_w")

    async def _ended(self, held: Held, limit: int) -> list[Transaction]:
        """The last charges of this very token, the newest first: others of its group are other people's."""
        found: list[Transaction] = []
        after: str | None = None
        for _ in range(PAGES):
            page = await self._hub.journal.reader.transactions(state="ended", after=after, limit=PAGE)
            found += [row for row in page if same(row.id_token, held.id_token)]
            if len(found) >= limit or len(page) < PAGE:
                break
            after = page[-1].id
        return found[:limit]
