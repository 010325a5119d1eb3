"""Twins: the same story told in 1.6, 2.0.1 and 2.1 leaves the same facts and samples behind.

A story is a file of tests/transcripts, with the `tokens` and `tariffs` that it needs; with tariffs of its own the
registers that a bill needs on the way are taken as well. It is heard by the codec, decided by the core and folded, as
the hub does it, without I/O; every reply is held against the version's schema.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from edgegw.core.authorize import decide_authorize, decide_boot
from edgegw.core.consequences import consequences
from edgegw.core.context import Context
from edgegw.core.fold import apply, fold
from edgegw.core.matching import retry_key
from edgegw.core.tariffs import read_tariffs
from edgegw.core.transactions import decide_transaction
from edgegw.hub.metering import Metering
from edgegw.model.facts import Fact, StationStatusChanged
from edgegw.model.requests import BootRequest, TransactionRequest
from edgegw.model.samples import MeterSample
from edgegw.model.site import ChargingStation, Site, Tariff, Token
from edgegw.model.state import State, Transaction
from edgegw.stations import v2, v16
from edgegw.stations.codec import Ask, Codec, Payload, Peer
from tests.stations.peers import assert_reply, assert_tolerated, evse

STORIES = sorted((Path(__file__).parent.parent / "transcripts").glob("*.yaml"))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

SITE = Site(
    "test", "Test", stations={"CP01": ChargingStation("CP01", "One", (evse("L3", "L1", "L2"),))},
    tariffs={"default": Tariff("default", Decimal("1.89"))},
    tokens={"04A1B2C3": Token("04A1B2C3"), "STOLEN": Token("STOLEN", "blocked")},
)  # fmt: skip

VERSIONS_DIFFER = {
    "ocpp", "number", "reference", "retry_key", "answer", "seq_no", "transaction", "reason", "encoding_method",
    "signing_method", "public_key",
}  # fmt: skip
"""Fields of facts that tell which version it was; a boot's reason and the ids of transactions among them, and how a
value was signed, which 1.6 says nowhere but in the value."""


class Listener:
    """Hears a station's story and keeps what it leaves behind."""

    def __init__(self, codec: Codec, site: Site = SITE, *, meters: bool = False) -> None:
        self.codec = codec
        self.site = site
        self.now = NOW
        self.metering = Metering()
        self.meters = meters
        self.state = State()
        self.facts: list[Fact] = []
        self.samples: list[MeterSample] = []
        ids, numbers = count(1), count(1)
        self._context = Context(
            site=site, now=NOW, clock="synced", new_id=lambda: f"id-{next(ids)}", next_number=lambda: next(numbers),
            register=self.metering.register, retry_salt=b"salt",
        )  # fmt: skip

    @property
    def context(self) -> Context:
        return replace(self._context, now=self.now)

    def hear(self, action: str, payload: Payload) -> Payload:
        assert_tolerated(self.codec, action, payload)
        heard = self.codec.incoming(action, payload, self._peer())
        self.samples += heard.samples
        begins = isinstance(heard, Ask) and getattr(heard.request, "stage", None) == "started"
        if not begins:
            self._observe(heard.samples)
        if isinstance(heard, Ask):
            request = heard.request
            if isinstance(request, BootRequest):
                decision: Any = decide_boot(self.state, request, self.context)
            elif isinstance(request, TransactionRequest):
                key = retry_key(self.state, request, self.context.retry_salt)
                decision = decide_transaction(self.state, request, key, self.context)
            else:
                decision = decide_authorize(self.state, request, self.context)
            self._take(decision.facts)
            reply = heard.reply(decision.answer)
            if begins:  # as the link does: they are no readings of the transaction before
                self._observe(heard.samples)
        else:
            self._take(heard.facts)
            reply = heard.reply
        assert_reply(self.codec, action, reply)
        return reply

    def _observe(self, samples: tuple[MeterSample, ...]) -> None:
        for sample in samples:
            facts = self.metering.facts(self.state, self.site, sample, self.now)
            if self.meters:
                self._take(facts)

    def _take(self, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            following = consequences(self.state, fact)
            for each in (fact, *following):
                apply(self.state, fold(self.state, each))
                self.facts.append(each)

    def _peer(self) -> Peer:
        configured = self.site.stations["CP01"]
        return Peer("CP01", configured.evses, configured.reports_phases, self._active, self._by_reference, self.now)

    def _active(self, place: int) -> Transaction | None:
        return self.state.transactions.get(self.state.at_evse.get(("CP01", place), ""))

    def _by_reference(self, reference: str) -> Transaction | None:
        return self.state.transactions.get(self.state.by_reference.get(("CP01", reference), ""))


def listen(codec: Codec, lines: list[Any], site: Site = SITE, *, meters: bool = False) -> Listener:
    listener = Listener(codec, site, meters=meters)
    for action, payload in lines:
        listener.hear(action, payload)
    return listener


def common(fact: Fact) -> dict[str, Any]:
    """A fact without what belongs to its version."""
    return {"type": fact.type} | {key: value for key, value in asdict(fact).items() if key not in VERSIONS_DIFFER}


def told(listener: Listener) -> list[dict[str, Any]]:
    """The facts that both versions tell alike: 2.x has one word, occupied, for five of 1.6's connector statuses."""
    return [common(fact) for fact in listener.facts if not isinstance(fact, StationStatusChanged)]


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_a_story_leaves_the_same_behind_in_every_version(path: Path) -> None:
    story = YAML(typ="safe", pure=True).load(path)
    site = replace(
        SITE, tokens={**SITE.tokens, **{each["id_token"]: Token(**each) for each in story.get("tokens", ())}},
        tariffs=read_tariffs(story["tariffs"], 0) if "tariffs" in story else SITE.tariffs,
    )  # fmt: skip
    old, new, newest = (
        listen(codec, lines, site, meters="tariffs" in story)
        for codec, lines in (
            (v16.CODEC, story["1.6"]), (v2.CODEC_201, story["2.x"]), (v2.CODEC_21, story["2.x"]),
        )
    )  # fmt: skip
    assert told(old) == told(new) == told(newest)
    assert new.samples == newest.samples
    assert sorted((each for each in new.samples if each in old.samples), key=_when) == sorted(old.samples, key=_when)
    # 1.6 gives the registers of begin and end in fields of their own, which are facts and no samples.
    assert all(set(sample.values) == {"import_wh"} for sample in new.samples if sample not in old.samples)
    for listener in (old, new, newest):
        facts = [fact for fact in listener.facts if not isinstance(fact, StationStatusChanged)]
        assert [fact.type for fact in facts] == [expected["type"] for expected in story["facts"]]
        for fact, expected in zip(facts, story["facts"], strict=True):
            known = {"type": fact.type, **asdict(fact)}
            assert {key: known[key] for key in expected} == expected
    assert [dict(sample.values) for sample in old.samples] == story.get("samples", [])


def _when(sample: MeterSample) -> datetime:
    return sample.at


def test_the_end_of_a_story_tells_the_driver_the_cost_in_2x() -> None:
    story = YAML(typ="safe", pure=True).load(next(path for path in STORIES if path.stem == "charge"))
    listener = Listener(v2.CODEC_201)
    replies = [listener.hear(action, payload) for action, payload in story["2.x"]]
    assert replies[-2]["totalCost"] == 15.12
    assert replies[-2]["idTokenInfo"] == {"status": "Accepted"}
