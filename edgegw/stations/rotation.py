"""A station gets a new password (OCPP 2.0.1 use case A01; 1.6 security whitepaper, A01).

The password is kept as taken before it is sent: whatever becomes of the answer, the station gets in with the old one
and with the new one until it has shown the new one. It shows one at the opening handshake alone, so a station that
stays connected is hung up on, and so nothing but its own silence keeps two passwords good.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Final

from edgegw.hub import AnswerLost, Ending
from edgegw.model.commands import Command
from edgegw.stations import execution
from edgegw.stations.keys import Keys, new_password
from edgegw.stations.link import Link

log = logging.getLogger("edgegw.stations")

SHOWN_WITHIN_S: Final = 60.0
"""Many stations connect anew by themselves when they have a new password; the others are made to."""


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


async def rotate_and_see(
    link: Link, command: Command, number: int, keys: Keys, within_s: float = SHOWN_WITHIN_S
) -> Ending:
    """As `rotate`; and the station has to come back, with one password or the other, within `within_s` seconds."""
    try:
        ending = await rotate(link, command, number, keys)
    except AnswerLost:
        _part(link, within_s)
        raise
    if ending.state == "done":
        _part(link, within_s)
    return ending


def _part(link: Link, within_s: float) -> None:
    def part() -> None:
        if not link.closed:
            link.close(1012, "come back with the new password")

    asyncio.get_running_loop().call_later(within_s, part)
