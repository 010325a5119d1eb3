"""Errands: what is done at a station each time it has become ready to be called, one after another.

An errand is a module with one `Errand`, and a line in `ERRANDS`. They share the station's one CALL in flight with
commands and set points, which go first, so an errand may take its time and must not hurry.

errand        what an errand is, and a visit: the station and what is around it
availability  what somebody took out of use
cost_display  whether the station shows its drivers what a charge costs
identity      BootNotification, of a station that came back without one
inventory     all that the station can tell of itself, once for a firmware
limits        the low default limits that keep the feeder safe without the gateway
local_list    the site's list of id tokens
master_pass   the group of tokens that end any transaction
provision     the settings that keep records whole
reservations  those that hold, at a station that has restarted
tariffs       the site's list of prices, where a station reckons by one
transactions  what became of those that ran when the link went
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Final

from edgegw.stations.errands import (
    availability,
    cost_display,
    identity,
    inventory,
    limits,
    local_list,
    master_pass,
    provision,
    reservations,
    tariffs,
    transactions,
)
from edgegw.stations.errands.errand import Errand, Visit
from edgegw.stations.errors import StationError
from edgegw.stations.rpc import one_line

__all__ = ["ERRANDS", "Errand", "Visit", "run"]

log = logging.getLogger("edgegw.stations")

ERRANDS: Final[Sequence[Errand]] = (
    availability.ERRAND,
    cost_display.ERRAND,
    identity.ERRAND,
    inventory.ERRAND,
    limits.ERRAND,
    local_list.ERRAND,
    master_pass.ERRAND,
    provision.ERRAND,
    reservations.ERRAND,
    tariffs.ERRAND,
    transactions.ERRAND,
)  # fmt: skip
"""All of them. Their `order` counts, not their place here."""

_LACKS: Final = frozenset({"NotImplemented", "NotSupported"})
"""A station that answers so has no trouble: it has no such function."""


async def run(visit: Visit, errands: Sequence[Errand] = ERRANDS) -> None:
    """Do each errand at the station of `visit`, in their order. One that fails is told in the log, at debug level where
    the station lacks the function, and is tried again when the station comes back; the next ones are done all the same.
    Ends early when the connection does."""
    waited = False
    for errand in sorted(errands, key=lambda each: (each.patient, each.order, each.name)):
        if errand.patient and not waited:
            await asyncio.sleep(visit.calm_s * random.uniform(0.5, 1.5))  # noqa: S311 (a crowd shall not come at once)
            waited = True
        if visit.link.closed:
            return
        try:
            await errand.run(visit)
        except StationError as error:
            level = logging.DEBUG if error.code in _LACKS else logging.WARNING
            log.log(level, "%s: errand %s: %s", visit.link.station, errand.name, error)
        except Exception as error:
            if not visit.link.closed:
                text = one_line(str(error) or type(error).__name__, 300)
                log.warning("%s: errand %s: %s", visit.link.station, errand.name, text)
                log.debug("%s: errand %s failed", visit.link.station, errand.name, exc_info=True)
