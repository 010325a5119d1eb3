"""Which broker next, and when; and when to leave one that works for a better one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from edgegw.mqtt.link import Link
from edgegw.mqtt.reasons import UNSUPPORTED_PROTOCOL
from edgegw.mqtt.tls import tls_context
from edgegw.mqtt.values import MQTT_5, MQTT_311, Account, ConnectFailed, Endpoint, Will

log = logging.getLogger("edgegw.mqtt")


@dataclass(slots=True)
class Backoff:
    """Full jitter: a random share of a ceiling that doubles from 1 s to 60 s, so that a thousand gateways that lost the
    same broker do not return in the same second. `random` gives [0, 1)."""

    random: Callable[[], float]
    ceiling_s: float = 1.0
    maximum_s: float = 60.0

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        wait = self.random() * self.ceiling_s
        self.ceiling_s = min(self.ceiling_s * 2, self.maximum_s)
        return wait

    def reset(self) -> None:
        self.ceiling_s = 1.0


STEADY_S = 30.0
"""A link that lived shorter than this was no success: the back-off goes on where it was."""
REST_S = 60.0
LONGEST_REST_S = 1800.0
"""A broker whose link was no success stands behind the others for a while, each time twice as long."""
LOOK_EVERY_S = 10.0
"""How often the files of our credentials are looked at."""
TRY_EVERY_S = 60.0
TRIES = 3
"""A broker that is preferred to the one in use counts as back when it was reached so many times in a row."""
TRY_TIMEOUT_S = 10.0


@dataclass(slots=True)
class _Rest:
    until: float
    length_s: float


class Brokers:
    """The brokers of one account, in order of preference.

    `account` is asked anew for each connection, so that a changed password or certificate counts from the next one.
    `fingerprint` tells whether it would give another one now: it may read files, and runs on a thread. MQTT 5 is tried
    first; a broker that refuses it, or hangs up on it, is spoken to in 3.1.1. `protocol` forces one. `longest_wait_s`
    bounds the wait between two rounds.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        account: Callable[[], Account],
        *,
        random: Callable[[], float],
        monotonic: Callable[[], float],
        fingerprint: Callable[[], Hashable] = lambda: None,
        protocol: int | None = None,
        longest_wait_s: float = 60.0,
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._account = account
        self._fingerprint = fingerprint
        self._backoff = Backoff(random, maximum_s=longest_wait_s)
        self._monotonic = monotonic
        self._forced = protocol
        self._speaks: dict[Endpoint, int] = {}
        self._rests: dict[Endpoint, _Rest] = {}
        self._last: Link | None = None
        self._since = 0.0
        self._came_with: Hashable = None
        self._returning: Endpoint | None = None
        self.trouble: str | None = None
        """Why there is no connection, for people; None while there is one."""

    async def connect(self, will: Will | None = None) -> Link:
        """The first broker that accepts us; tries for ever, waiting between rounds. Only cancellation ends it."""
        if self._last is not None:
            self._judge(self._last)
            self._last = None
            await asyncio.sleep(self._backoff.next())
        while True:
            for broker in self._in_turn():
                try:
                    came_with = await asyncio.to_thread(self._fingerprint)
                    link = await self._dial(broker, will)
                except (ConnectFailed, OSError, ValueError) as error:
                    if str(error) != self.trouble:
                        log.warning("no connection to the broker: %s", error)
                    self.trouble = str(error)
                    if broker == self._returning:
                        self._returning = None
                        self._rest(broker)
                    continue
                self._returning = None
                self.trouble, self._since = None, self._monotonic()
                self._last, self._came_with = link, came_with
                log.info("connected to %s with MQTT %s", broker.url, "5" if link.protocol == MQTT_5 else "3.1.1")
                return link
            await asyncio.sleep(self._backoff.next())

    async def outdated(self, link: Link) -> str:
        """Wait until `link`, which works, should be given up for a new one all the same; why, for people.

        Either the credentials were renewed, and the new ones can be read, or a broker that is preferred to this one has
        been reachable for a while. The next `connect` then waits for nothing.
        """
        reached = dict.fromkeys(self._endpoints[: self._endpoints.index(link.endpoint)], 0)
        tried_at, seen = self._monotonic(), self._came_with
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_there = await asyncio.to_thread(self._fingerprint)
            if now_there != seen:
                seen = now_there
                if now_there != self._came_with and await self._can_be_read():
                    self._last = None
                    return "the credentials were renewed"
            if reached and self._monotonic() - tried_at >= TRY_EVERY_S:
                tried_at = self._monotonic()
                for broker in reached:
                    reached[broker] = reached[broker] + 1 if await self._reachable(broker) else 0
                    if reached[broker] >= TRIES:
                        self._last, self._returning = None, broker
                        return f"{broker.url} is back"

    async def _can_be_read(self) -> bool:
        try:
            await asyncio.to_thread(self._account)
        except (OSError, ValueError) as error:
            # Half of a renewal may be there: the key follows its certificate. The link that we have goes on meanwhile.
            log.warning("the renewed credentials for the broker can't be used yet: %s", error)
            return False
        return True

    async def _reachable(self, broker: Endpoint) -> bool:
        """Whether something listens there that TLS accepts. Nobody is logged in: two names may be one cluster, which
        would end the link that is in use."""
        rest = self._rests.get(broker)
        if rest is not None and self._monotonic() < rest.until:
            return False
        try:
            async with asyncio.timeout(TRY_TIMEOUT_S):
                context = (await asyncio.to_thread(self._account)).tls or tls_context() if broker.tls else None
                _, writer = await asyncio.open_connection(broker.host, broker.port, ssl=context)
                writer.close()
                await writer.wait_closed()
        except (OSError, ValueError):
            return False
        return True

    def _judge(self, link: Link) -> None:
        """What an ended link says about its broker."""
        if link.served and self._monotonic() - self._since >= STEADY_S:
            self._backoff.reset()
            self._rests.pop(link.endpoint, None)
        else:
            self._rest(link.endpoint)

    def _rest(self, broker: Endpoint) -> None:
        last = self._rests.get(broker)
        length_s = REST_S if last is None else min(last.length_s * 2, LONGEST_REST_S)
        self._rests[broker] = _Rest(self._monotonic() + length_s, length_s)

    def _in_turn(self) -> list[Endpoint]:
        now = self._monotonic()
        return sorted(self._endpoints, key=lambda broker: broker in self._rests and now < self._rests[broker].until)

    async def _dial(self, broker: Endpoint, will: Will | None) -> Link:
        first = self._forced or self._speaks.get(broker, MQTT_5)
        link = Link(broker, await asyncio.to_thread(self._account), will, first)
        try:
            await link.open()
        except ConnectFailed as error:
            self._speaks.pop(broker, None)
            # RabbitMQ before 3.13 closes the socket instead of answering a version that it does not know.
            older = error.code == UNSUPPORTED_PROTOCOL or (error.code is None and "closed" in str(error))
            if self._forced or first != MQTT_5 or not older:
                raise
            link = Link(broker, await asyncio.to_thread(self._account), will, MQTT_311)
            await link.open()
        self._speaks[broker] = link.protocol
        return link
