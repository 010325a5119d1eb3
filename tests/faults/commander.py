"""A cloud that gives commands all the time, each more than once, and wants to know how every one ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic

from edgegw.mqtt import Account, Brokers, Link, MqttError, endpoint
from edgegw.uplink.topics import Topics

PATIENCE_S = 3.0
LIFE_S = 45.0
ENDED = frozenset({"done", "failed", "expired", "rejected", "unknown"})


class Commander:
    """Sends `data_transfer` commands to `stations`; each carries its id, so that a station's hearing can be counted."""

    def __init__(self, broker: str, site: str, stations: list[str], chance: random.Random) -> None:
        self._topics = Topics(site)
        self._stations = stations
        self._chance = chance
        self._brokers = Brokers(
            [endpoint(broker)],
            lambda: Account(client_id="commander", session_expiry_s=3600),
            random=random.random,
            monotonic=monotonic,
            longest_wait_s=2.0,
        )
        self.states: dict[str, str] = {}
        """How each command ended, or the last that was heard of it; "" for nothing yet."""
        self.reasons: Counter[str] = Counter()
        """Why commands did not end well, and how often."""
        self._asked: dict[str, tuple[float, bytes]] = {}
        self._giving = True

    async def run(self) -> None:
        """Give commands until cancelled, asking again for those whose end has not been told."""
        while True:
            link = await self._brokers.connect()
            with contextlib.suppress(MqttError, ExceptionGroup):
                async with asyncio.TaskGroup() as group:
                    group.create_task(link.lost())
                    group.create_task(self._hear(link))
                    await link.subscribe(self._topics.answer("data_transfer"))
                    await self._ask(link)
            await link.close()

    async def settled(self, within_s: float) -> None:
        """Give no more, and wait until the end of each has been told."""
        self._giving = False
        deadline = monotonic() + within_s
        while monotonic() < deadline and any(state not in ENDED for state in self.states.values()):
            await asyncio.sleep(0.1)

    async def _ask(self, link: Link) -> None:
        next_at = 0.0
        while True:
            now = monotonic()
            if self._giving and now >= next_at:
                next_at = now + self._chance.uniform(0.2, 1.0)
                self._give()
            for id, (asked_at, payload) in list(self._asked.items()):
                if self.states[id] in ENDED:
                    del self._asked[id]
                elif now >= asked_at:
                    self._asked[id] = (now + PATIENCE_S, payload)
                    for _ in range(self._chance.choice((1, 1, 2))):
                        await link.publish(self._topics.command("data_transfer"), payload)
            await asyncio.sleep(0.05)

    def _give(self) -> None:
        id = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        args = {"station": self._chance.choice(self._stations), "vendor_id": "faults", "message_id": id}
        expires = datetime.now(UTC) + timedelta(seconds=LIFE_S)
        body = {"id": id, "args": args, "expires_at": expires.isoformat(), "wait": True}
        self.states[id] = ""
        self._asked[id] = (0.0, json.dumps(body).encode())

    async def _hear(self, link: Link) -> None:
        async for message in link.messages():
            answer = json.loads(message.payload)
            if answer["id"] in self.states and self.states[answer["id"]] not in ENDED:
                self.states[answer["id"]] = answer["state"]
                if answer["reason"]:
                    self.reasons[answer["reason"]] += 1
            link.acknowledge(message)


def judged(states: Mapping[str, str], heard: Mapping[str, int]) -> list[str]:
    """What is wrong with how the commands ended: `heard` is how often a station was asked to carry each out."""
    wrong = []
    for id, state in states.items():
        count = heard.get(id, 0)
        if count > 1:
            wrong.append(f"command {id} was carried out {count} times")
        if state == "done" and count != 1:
            wrong.append(f"command {id} is done, and was carried out {count} times")
        if state in ("rejected", "expired") and count:
            wrong.append(f"command {id} is {state}, and was carried out")
        if state not in ENDED:
            wrong.append(f"command {id} never ended: {state or 'no answer'}")
    return wrong
