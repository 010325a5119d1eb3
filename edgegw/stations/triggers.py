"""TriggerMessage, sparingly: each message at most once a connection, and never again once a station has refused it.

Stations are known that crash, or boot, on a trigger that they don't like, and come back to be asked again. So what one
has refused is not asked for until it boots by itself: then it may be another firmware.
"""

from __future__ import annotations

import logging
from typing import Final
from weakref import WeakKeyDictionary

from edgegw.stations.errors import CallFailed, StationError
from edgegw.stations.link import Link
from edgegw.stations.turns import Priority

log = logging.getLogger("edgegw.stations")

MAX_REFUSALS: Final = 4096
"""Refusals that are remembered; beyond, the oldest is forgotten."""


class Triggers:
    """What was asked of the stations of one server by itself. What a person or the cloud triggers is theirs."""

    def __init__(self) -> None:
        self._asked: WeakKeyDictionary[Link, set[str]] = WeakKeyDictionary()
        self._agreed: WeakKeyDictionary[Link, set[str]] = WeakKeyDictionary()
        self._refused: dict[tuple[str, str], None] = {}

    async def ask(self, link: Link, message: str) -> bool:
        """Have the station send `message`, a name that TriggerMessage of its version knows; whether it will.

        False, and nothing is sent, when it was asked in this connection or has refused before. Never raises.
        """
        asked = self._asked.setdefault(link, set())
        key = (link.station, message)
        if message in asked or key in self._refused:
            return False
        asked.add(message)
        try:
            answer = await link.call("TriggerMessage", {"requestedMessage": message}, priority=Priority.COMFORT)
        except StationError as error:
            status = error.code
        except CallFailed as error:
            log.info("%s: whether it sends %s is not known: %s", link.station, message, error)
            return False
        else:
            status = str(answer["status"])
        if status == "Accepted":
            self._agreed.setdefault(link, set()).add(message)
            return True
        log.info("%s: does not send %s when it is asked to: %s", link.station, message, status)
        if len(self._refused) >= MAX_REFUSALS:
            del self._refused[next(iter(self._refused))]
        self._refused[key] = None
        return False

    def is_coming(self, link: Link, message: str) -> bool:
        """Whether the station has agreed, in this connection, to send `message` because it was asked to."""
        return message in self._agreed.get(link, ())

    def booted(self, station: str) -> None:
        """The station has booted by itself: what it refused may be asked for again."""
        for key in [key for key in self._refused if key[0] == station]:
            del self._refused[key]
