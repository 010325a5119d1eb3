"""Transactions in the log: when one began and ended, so that a person can find the others of its lines."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from edgegw.hub import Published
from edgegw.model.facts import TransactionEnded, TransactionStarted

log = logging.getLogger("edgegw.transactions")


async def keep(changes: AsyncIterator[tuple[Published, ...]]) -> None:
    """Write a line for each begin and each end, until cancelled."""
    async for batch in changes:
        for item in batch:
            match item.fact:
                case TransactionStarted(station=station, transaction=id, evse=evse):
                    log.info("%s: transaction %s began at EVSE %d", station, id, evse)
                case TransactionEnded(station=station, transaction=id, reason=reason):
                    log.info("%s: transaction %s ended: %s", station, id, reason)
