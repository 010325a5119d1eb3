"""Who answers about cars' certificates in this gateway, as its settings have it now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from edgegw.model.contracts import Question, Word

if TYPE_CHECKING:
    from edgegw.stations.ocsp.contracts import LocalContracts
    from edgegw.stations.settings import ContractSettings

log = logging.getLogger("edgegw.daemon")


class Revocations:
    """Made with the first question: most gateways never get one, and need nothing of what it loads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._made: tuple[ContractSettings, LocalContracts] | None = None

    async def ask(self, settings: ContractSettings, question: Question) -> Word | None:
        """The answer by `settings`, None when nobody here has one. A root that can't be read is told in the log and
        read again with the next question."""
        if settings.ocsp != "local":
            return None
        if self._made is None or self._made[0] != settings:
            try:
                self._made = settings, await asyncio.to_thread(self._make, settings)
            except ValueError as error:
                log.error("ocpp.contracts: %s", error)
                return None
        return await self._made[1](question)

    def _make(self, settings: ContractSettings) -> LocalContracts:
        from edgegw.stations.ocsp.chain import Trust
        from edgegw.stations.ocsp.contracts import LocalContracts

        return LocalContracts(
            Trust.read(settings.roots, settings.authorities), listed=settings.responders, within_s=settings.timeout,
            lenient=settings.without_answer == "token", now=self._now,
        )  # fmt: skip
