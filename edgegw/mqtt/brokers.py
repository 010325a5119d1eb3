"""Which broker next, and when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgegw.mqtt.link import Link
from edgegw.mqtt.values import MQTT_5, MQTT_311, UNSUPPORTED_PROTOCOL, Account, ConnectFailed, Endpoint, Will

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


class Brokers:
    """The brokers of one account, in order of preference.

    `account` is asked anew for each connection, so that a changed password or certificate counts from the next one.
    MQTT 5 is tried first; a broker that refuses it, or hangs up on it, is spoken to in 3.1.1. `protocol` forces one.
    `longest_wait_s` bounds the wait between two rounds.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        account: Callable[[], Account],
        *,
        random: Callable[[], float],
        monotonic: Callable[[], float],
        protocol: int | None = None,
        longest_wait_s: float = 60.0,
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._account = account
        self._backoff = Backoff(random, maximum_s=longest_wait_s)
        self._monotonic = monotonic
        self._forced = protocol
        self._speaks: dict[Endpoint, int] = {}
        self._since: float | None = None
        self.trouble: str | None = None
        """Why there is no connection, for people; None while there is one."""

    async def connect(self, will: Will | None = None) -> Link:
        """The first broker that accepts us; tries for ever, waiting between rounds. Only cancellation ends it."""
        if self._since is not None:
            if self._monotonic() - self._since >= STEADY_S:
                self._backoff.reset()
            self._since = None
            await asyncio.sleep(self._backoff.next())
        while True:
            for broker in self._endpoints:
                try:
                    link = await self._dial(broker, will)
                except (ConnectFailed, OSError, ValueError) as error:
                    if str(error) != self.trouble:
                        log.warning("no connection to the broker: %s", error)
                    self.trouble = str(error)
                    continue
                self.trouble, self._since = None, self._monotonic()
                log.info("connected to %s with MQTT %s", broker.url, "5" if link.protocol == MQTT_5 else "3.1.1")
                return link
            await asyncio.sleep(self._backoff.next())

    async def _dial(self, broker: Endpoint, will: Will | None) -> Link:
        first = self._forced or self._speaks.get(broker, MQTT_5)
        link = Link(broker, self._account(), will, first)
        try:
            await link.open()
        except ConnectFailed as error:
            self._speaks.pop(broker, None)
            # RabbitMQ before 3.13 closes the socket instead of answering a version that it does not know.
            older = error.code == UNSUPPORTED_PROTOCOL or (error.code is None and "closed" in str(error))
            if self._forced or first != MQTT_5 or not older:
                raise
            link = Link(broker, self._account(), will, MQTT_311)
            await link.open()
        self._speaks[broker] = link.protocol
        return link
