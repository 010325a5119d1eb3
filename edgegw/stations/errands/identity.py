"""Who made the station, and what runs on it: asked for when it came without a boot.

What is known of it is then from before this connection, or nothing at all: it may have been exchanged under its name.
A 2.x station that has been accepted refuses (OCPP 2.0.1 F06.FR.17), and is not asked again. Nor is one whose family is
known to boot, or loop, when it is asked.
"""

from __future__ import annotations

from edgegw.stations.errands.errand import Errand, Visit


async def _ask(visit: Visit) -> None:
    if not visit.link.booted and visit.link.peculiar.quirk.boot_on_request:
        await visit.triggers.ask(visit.link, "BootNotification")


ERRAND = Errand("identity", 50, _ask)
