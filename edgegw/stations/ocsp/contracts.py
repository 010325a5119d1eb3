"""Questions about cars' certificates, answered by the gateway itself: `pnc.Contracts` without a cloud."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, Literal

from edgegw.model.contracts import (
    CertificateHashes,
    CertificateWord,
    ContractQuestion,
    ContractStatus,
    ContractWord,
    Question,
    StatusQuestion,
    Word,
)
from edgegw.stations import metrics
from edgegw.stations.ocsp import responders
from edgegw.stations.ocsp.certid import CertId
from edgegw.stations.ocsp.chain import NotTrusted, Trust
from edgegw.stations.ocsp.chain import responders as named_responders
from edgegw.stations.ocsp.places import Barred
from edgegw.stations.ocsp.responders import NotAnswered
from edgegw.stations.ocsp.response import Status, Unusable, read, request

log = logging.getLogger("edgegw.stations")

MAX_CACHED: Final = 2000
"""Answers that are remembered; a hundred stations see fewer cars in the days that an answer is good."""

AT_ONCE: Final = 16
"""Responders that are asked at the same time."""


class LocalContracts:
    """`trust` is what chains end at, `listed` the hosts of responders that may be anywhere. A certificate of whose
    status nobody tells within `within_s` is good when `lenient`: then its holder's token decides."""

    def __init__(
        self, trust: Trust, *, listed: Collection[str], within_s: float, lenient: bool, now: Callable[[], datetime]
    ) -> None:
        self._trust = trust
        self._listed = listed
        self._within_s = within_s
        self._lenient = lenient
        self._now = now
        self._known: OrderedDict[CertId, Status] = OrderedDict()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, question: Question, /) -> Word | None:
        """The answer; None to what is not about a certificate's status, or when that could not be found out."""
        match question:
            case ContractQuestion(chain=None):
                return await self._shown_by_hashes(question)
            case ContractQuestion(chain=str(pem)):
                return await self._shown_whole(question, pem)
            case StatusQuestion():
                return tuple(await asyncio.gather(*(self._word(each) for each in question.certificates)))
        return None

    async def _shown_whole(self, question: ContractQuestion, pem: str) -> ContractWord:
        try:
            chain = await asyncio.to_thread(self._trust.chain, pem, question.id_token, self._now())
        except NotTrusted as no:
            log.warning("%s: a contract's certificate is refused: %s", question.station, no)
            return ContractWord(no.status)
        pairs = pairwise(chain)
        asked = [(CertId.of(each, issuer), named_responders(each)) for each, issuer in pairs]
        found = await asyncio.gather(*(self._status(id, urls) for id, urls in asked))
        return self._judged(found) or ContractWord("accepted")

    async def _shown_by_hashes(self, question: ContractQuestion) -> ContractWord | None:
        found = await asyncio.gather(*(self._of_hashes(each) for each in question.hashes))
        return self._judged(found)

    def _judged(self, found: Sequence[Status | None]) -> ContractWord | None:
        """What the status of its certificates makes of a contract; None when one is not known and that is taken."""
        proven = [each.status if each is not None and each.proven else None for each in found]
        for bad, word in _BAD.items():
            if bad in proven:
                return ContractWord(word)
        if None not in proven:
            return ContractWord("accepted")
        return None if self._lenient else ContractWord("no_certificate_available")

    async def _word(self, certificate: CertificateHashes) -> CertificateWord:
        found = await self._of_hashes(certificate)
        if found is None:
            return CertificateWord("failed")
        until = None if found.until is None else found.until.astimezone(UTC)
        # What nobody here can look at goes on to the station, which verifies it; our own word on it is none.
        return CertificateWord(found.status if found.proven else "failed", found.text, until)

    async def _of_hashes(self, certificate: CertificateHashes) -> Status | None:
        if certificate.source != "ocsp":
            return None
        try:
            id = CertId.told(certificate)
        except ValueError as error:
            log.warning("a certificate is not named as OCSP does: %s", error)
            return None
        return await self._status(id, certificate.urls)

    async def _status(self, id: CertId, urls: Sequence[str]) -> Status | None:
        """What its issuer says of a certificate, None when that can't be had. Never raises."""
        known = self._known.get(id)
        if known is not None and known.until is not None and known.until > self._now():
            metrics.OCSP.labels("remembered").inc()
            return known
        found, why = None, "it names no responder"
        try:
            async with asyncio.timeout(self._within_s), self._places:
                for url in urls:
                    try:
                        found = await self._asked(id, url)
                        break
                    except (NotAnswered, Unusable, Barred) as error:
                        why = str(error)
        except TimeoutError:
            why = f"nobody answered within {self._within_s:g} s"
        if found is None:
            metrics.OCSP.labels("nothing").inc()
            log.warning("the status of a certificate is not known: %.200s", why)
            return None
        metrics.OCSP.labels(found.status if found.proven else "unproven").inc()
        if found.proven and found.until is not None:
            self._known[id] = found
            self._known.move_to_end(id)
            if len(self._known) > MAX_CACHED:
                self._known.popitem(last=False)
        return found

    async def _asked(self, id: CertId, url: str) -> Status:
        """By POST; where that comes to nothing by GET, which caches in between know how to answer (RFC 5019). Raises
        NotAnswered, Unusable, Barred."""
        try:
            return await self._once(id, url, post=True)
        except (NotAnswered, Unusable) as first:
            try:
                return await self._once(id, url, post=False)
            except (NotAnswered, Unusable):
                raise first from None

    async def _once(self, id: CertId, url: str, *, post: bool) -> Status:
        der = await responders.ask(url, request(id), post=post, listed=self._listed)
        return read(der, id, self._trust.issuers(id), self._now())


_BAD: Final[dict[Literal["revoked", "unknown"], ContractStatus]] = {
    "revoked": "certificate_revoked",
    "unknown": "no_certificate_available",
}
"""What one certificate makes of its contract. Unknown: its issuer has not heard of it."""
