"""A station gets a new password (OCPP 2.0.1 use case A01; 1.6 security whitepaper, A01).

The password is kept as taken before it is sent: whatever becomes of the answer, the station gets in with the old one
and with the new one until it has shown the new one.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations import execution
from edgegw.stations.keys import Keys, new_password
from edgegw.stations.link import Link

log = logging.getLogger("edgegw.stations")


async def rotate(link: Link, command: Command, number: int, keys: Keys) -> Ending:
    """Carry out rotate_password. Raises AnswerLost when nobody knows whether the station took it."""
    password = new_password(link.codec.version)
    try:
        keys.propose(link.station, password)
    except OSError as error:
        log.error("%s: a new password can't be kept, so none is sent: %s", link.station, error)
        return Ending("failed", f"the password can't be kept: {error.strerror or error}")
    with_it = replace(command, name="rotate_password", args={"station": link.station, "password": password})
    ending = await execution.carry_out(link, with_it, number)
    if ending.state != "done":
        keys.withdraw(link.station)
        return Ending(ending.state, ending.reason or "the station did not take it")
    return Ending("done")
