"""Plug & Charge: questions about the certificates of cars that a station asks through its CALLs, and who is asked.

A station waits for the answer, and behind it a car that gives a certificate five seconds (ISO 15118-2 table 109). So
whoever is asked has ASK_S; without an answer in time the question is taken as one that nobody can answer.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from edgegw.model.contracts import Question, Word
from edgegw.stations import metrics

log = logging.getLogger("edgegw.stations")

ASK_S: Final = 4.0


class Contracts(Protocol):
    """Who knows about contracts. None when it has nothing to say; it has to end by itself, and may be late."""

    async def __call__(self, question: Question, /) -> Word | None: ...


async def nobody(question: Question, /) -> Word | None:
    """For a gateway that nobody has given contracts to ask about."""
    return None


async def ask(contracts: Contracts, question: Question) -> Word | None:
    """What is answered in time, None for nothing. Never raises."""
    kind = type(question).__name__
    try:
        async with asyncio.timeout(ASK_S):
            word = await contracts(question)
    except TimeoutError:
        log.warning("%s: nobody answered within %.0f s about a certificate", question.station, ASK_S)
        word = None
    except Exception:
        log.exception("%s: the question about a certificate failed", question.station)
        word = None
    metrics.CONTRACTS.labels(kind, "answered" if word is not None else "silent").inc()
    return word
