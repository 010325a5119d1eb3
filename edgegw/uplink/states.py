"""Publishes what is so, retained: the newest of each thing, at most once a second, its readings less often.

With a new connection everything goes out once before the first event does. A document at which the broker hangs up
would then keep the events back for ever: one behind which the connection was lost HANGUPS times, when nothing else was
under way, is left out for an hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from edgegw.hub import Hub
from edgegw.journal.rows import dump
from edgegw.mqtt.reasons import words
from edgegw.uplink import metrics
from edgegw.uplink.broker import JSON, Link
from edgegw.uplink.live import Key, measured
from edgegw.uplink.outbox import HANGUPS
from edgegw.uplink.pace import Pace
from edgegw.uplink.topics import Topics

log = logging.getLogger("edgegw.uplink")

STATE_EVERY_S = 1.0
MEASURED_EVERY_S = 10.0
"""Readings change every second; on a mobile link once in ten is enough. Everything else goes out within a second."""
AT_ONCE = 20
HANGUP_S = 5.0
LEFT_OUT_S = 3600.0


class States:
    """The retained documents of one hub. `documents` gives them as they are now."""

    def __init__(
        self, hub: Hub, topics: Topics, pace: Pace, documents: Callable[[], Mapping[Key, Mapping[str, Any]]]
    ) -> None:
        self._hub = hub
        self._topics = topics
        self._pace = pace
        self._documents = documents
        self._readings: dict[Key, dict[str, Any]] = {}
        self._measured_at = float("-inf")
        self._under_way: dict[Key, float] = {}
        self._hangups: dict[Key, int] = {}
        self._left_out: dict[Key, float] = {}
        self._told: set[int] = set()
        self.shown: dict[Key, bytes] = {}
        """What the broker has, by kind and id."""

    def begin(self) -> None:
        """A new connection: everything goes out again."""
        self.shown.clear()
        self._told.clear()
        self._measured_at = float("-inf")

    def ended(self, *, by_us: bool) -> None:
        """The connection has ended. What had just gone out, and got no answer, may be why."""
        now = self._hub.monotonic()
        if not by_us:
            for key in [key for key, at in self._under_way.items() if now - at <= HANGUP_S]:
                self._hangups[key] = self._hangups.get(key, 0) + 1
                if self._hangups[key] >= HANGUPS and len(self._under_way) == 1:
                    log.error("the state of %s is left out for an hour: the broker hangs up on it", "/".join(key))
                    self._left_out[key] = now + LEFT_OUT_S
                    del self._hangups[key]
        self._under_way.clear()

    async def run(self, link: Link) -> None:
        """Publish what changes. Ends with ConnectionLost."""
        while True:
            await asyncio.sleep(STATE_EVERY_S)
            await self.publish(link)

    async def publish(self, link: Link) -> None:
        """Publish everything that the broker does not have as it is. Raises ConnectionLost, in a group."""
        now = self._hub.monotonic()
        made = self._documents()
        if now - self._measured_at >= MEASURED_EVERY_S:
            self._measured_at = now
            self._readings = measured(self._hub.site, made, self._hub.latest)
        places = asyncio.Semaphore(1 if self._hangups else AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for key, document in made.items():
                payload = dump({**document, "measured": self._readings.get(key, {})}).encode()
                if self.shown.get(key) == payload or self._left_out.get(key, 0.0) > now:
                    continue
                await places.acquire()
                await asyncio.sleep(self._pace.wait(self._hub.monotonic()))
                self._pace.take(self._hub.monotonic())
                group.create_task(self._publish(link, key, payload, places))

    async def _publish(self, link: Link, key: Key, payload: bytes, places: asyncio.Semaphore) -> None:
        self._under_way[key] = self._hub.monotonic()
        # When the connection ends instead, `ended` looks at what is under way.
        code = await link.publish(self._topics.state(*key), payload, retain=True, properties=JSON)
        del self._under_way[key]
        self._hangups.pop(key, None)
        metrics.count_publish("state", code, payload)
        self.shown[key] = payload
        places.release()
        if code >= 0x80 and code not in self._told:
            self._told.add(code)
            log.warning("the broker does not take the state of %s: %s", "/".join(key), words(code))
