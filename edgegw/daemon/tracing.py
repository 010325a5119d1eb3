"""Traces of this gateway, where a collector is named. Without one nothing of them is imported."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edgegw.hub import Hub
from edgegw.journal.ids import uuid7
from edgegw.settings import Settings

if TYPE_CHECKING:
    from edgegw.tracing.otel import Exported
    from edgegw.tracing.stories import Stories

log = logging.getLogger("edgegw.tracing")


class GatewayTracing:
    """The stories of one gateway and the way out of the process."""

    def __init__(self, stories: Stories, exported: Exported) -> None:
        self.stories = stories
        self._exported = exported

    async def follow(self, hub: Hub) -> None:
        """Learn from the hub what has become durable, until cancelled."""
        await self.stories.follow(hub.changes(), lambda: hub.journal.position("A").epoch)

    async def close(self) -> None:
        """Hand over what waits, for a moment at most."""
        await self._exported.close()


def begun(settings: Settings) -> GatewayTracing | None:
    """Traces as `tracing` asks for them; None for none, and where the library is missing, with a line that says so."""
    if settings.tracing is None:
        return None
    try:
        from edgegw.tracing.otel import Exported
    except ImportError as error:
        log.error("tracing: there are no traces, a library is missing (%s): pip install 'edgegw[otel]'", error.name)
        return None
    from edgegw.tracing.stories import Stories

    site = {"edgegw.site": settings.site.id}
    asked = settings.tracing
    exported = Exported(asked.otlp, sample=asked.sample, service="edgegw", attributes=site)
    return GatewayTracing(Stories(exported, uuid7), exported)
