"""GET /api/v1/changes: facts as server-sent events, in order, resumable at any sequence number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from edgegw.hub import Hub
from edgegw.journal.rows import dump
from edgegw.web.view import masked_token, plain

HEARTBEAT_S = 15.0
"""A comment goes out this often on a silent stream, so that proxies and browsers keep it."""

PAGE = 200


async def events(hub: Hub, after: int | None, *, masked: bool) -> AsyncIterator[bytes]:
    """Events from the sequence after `after` on; None begins with what comes next.

    History is read from the ledger page by page until the live end is reached, so a slow reader costs no memory.
    """
    sent = hub.journal.position("A").head if after is None else after
    yield b"retry: 2000\n\n"
    while True:
        for stored in await hub.journal.reader.facts(sent, PAGE):
            body: dict[str, Any] = {
                "sequence": stored.sequence, "id": stored.id, "type": stored.type, "subject": stored.subject,
                "at": plain(stored.at), "data": plain(stored.body),
            }  # fmt: skip
            if masked and "id_token" in body["data"]:
                body["data"]["id_token"] = masked_token(body["data"]["id_token"])
            yield f"id: {stored.sequence}\nevent: {stored.type}\ndata: {dump(body)}\n\n".encode()
            sent = stored.sequence
        try:
            await asyncio.wait_for(hub.journal.changed("A", sent), HEARTBEAT_S)
        except TimeoutError:
            yield b": still here\n\n"
