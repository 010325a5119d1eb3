"""Writing into the ledger from the command line: through the gateway when one has it, and else here.

Here it is done as the folder's owner, so that the files stay the gateway's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from edgegw.daemon import control
from edgegw.hub.clock import SiteClock
from edgegw.journal import Journal
from edgegw.journal.encode import encode
from edgegw.journal.errors import InUse
from edgegw.journal.group import Group, NewFact
from edgegw.journal.ids import uuid7
from edgegw.journal.maintenance import Record
from edgegw.journal.records import looked_into
from edgegw.journal.store import FILE_NAME
from edgegw.model import facts as f
from edgegw.settings.peek import control_socket

GATEWAY_S = 300.0
"""So long the gateway may take for what it is asked: an erasure reads the whole ledger."""

Work = Callable[[Journal, Record, datetime], Awaitable[dict[str, Any]]]
"""What is done here, given the ledger, what records a fact in it, and the time; its result is as the gateway's."""


def here_or_there(file: Path, folder: Path, here: Work, command: str, args: dict[str, Any]) -> dict[str, Any]:
    """The result of `here`, or of the `command` that the gateway does instead which has the ledger in `folder`.

    Raises control.Refused or control.Unreachable, JournalError, sqlite3.Error or OSError.
    """
    with looked_into(folder / FILE_NAME):
        pass  # a ledger that is not there must not come into being by this
    try:
        with _as_owner(folder):
            return asyncio.run(_open_for(folder, here))
    except InUse:
        outcome = control.Gateway(control_socket(file)).ask(
            "POST",
            f"/api/v1/commands?wait={GATEWAY_S / 3:.0f}",
            {"name": command, "args": args},
            timeout_s=GATEWAY_S,
        )
    if outcome["state"] != "done":
        raise control.Refused(outcome["reason"] or f"it is still {outcome['state']}; the gateway goes on with it")
    result: dict[str, Any] = outcome["result"]
    return result


async def _open_for(folder: Path, work: Work) -> dict[str, Any]:
    """Do `work` on the ledger, of which no gateway takes care now."""
    clock = SiteClock()
    ledger = Journal.open(folder, now=clock.now)
    clock.begin(ledger.newest)
    await ledger.start()

    async def record(fact: f.Fact) -> None:
        new = NewFact(uuid7(), fact, clock.now(), clock.state, encode(fact))
        await ledger.commit(Group(facts=[new]))

    try:
        for fact in ledger.beginning(clock.now()):
            await record(fact)
        return await work(ledger, record, clock.now())
    finally:
        await ledger.close()


@contextlib.contextmanager
def _as_owner(folder: Path) -> Iterator[None]:
    """Root works as the folder's owner, so that a file made here can be read and written by the gateway."""
    if os.geteuid() != 0:
        yield
        return
    owner = folder.stat()
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(os.getgid())
