"""What is done at and about stations while they are here, beside serving their frames: each a task."""

from __future__ import annotations

import logging

from edgegw.hub.tasks import Tasks

log = logging.getLogger("edgegw.stations")


class Visits(Tasks):
    """Those of one server."""

    def __init__(self) -> None:
        super().__init__(log)
