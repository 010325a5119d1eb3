"""The reader as a service: opened, opened again after it was unplugged, and heard."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from time import monotonic as system_monotonic
from typing import Protocol

from edgegw.hub.tasks import Tasks
from edgegw.web.reader.cards import Showings, Spelling, id_token

log = logging.getLogger("edgegw.web")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Between two tries to open it: somebody stands there with the plug in the hand."""

READ = 4096


class Cutting(Protocol):
    """Makes texts of what comes."""

    def feed(self, piece: bytes, now_s: float) -> list[str]: ...


class Reader:
    """Service: hears a reader until cancelled. It is ready without the reader too: a card reader may come later.

    `open` opens the device and returns its descriptor, or raises OSError or ValueError; `cutting` makes what cuts the
    bytes of one life of the device into texts; `shown` is given each showing of a card but those that come while it is
    still at work with one; `changed` is called when `trouble` has changed.
    """

    name = "reader"

    def __init__(
        self,
        open: Callable[[], int],
        cutting: Callable[[], Cutting],
        shown: Callable[[str], Awaitable[None]],
        *,
        spelling: Spelling = "as_read",
        changed: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._open = open
        self._cutting = cutting
        self._shown = shown
        self._spelling = spelling
        self._changed = changed
        self._monotonic = monotonic
        self._showings = Showings()
        self._tasks = Tasks(log)
        self.trouble: str | None = "it was not opened yet"
        """Why the reader can't be heard, None while it can."""

    async def run(self, started: Callable[[], None]) -> None:
        """Hear the reader until cancelled."""
        started()
        pause_s = FIRST_PAUSE_S
        try:
            while True:
                if (device := self._opened()) is not None:
                    pause_s = FIRST_PAUSE_S
                    await self._hear(device)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        finally:
            await self._tasks.end()

    def _opened(self) -> int | None:
        try:
            device = self._open()
        except (OSError, ValueError) as error:
            self._note(f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error))
            return None
        self._note(None)
        return device

    async def _hear(self, device: int) -> None:
        """Until it is unplugged."""
        loop = asyncio.get_running_loop()
        gone: asyncio.Future[str] = loop.create_future()
        cutting = self._cutting()

        def readable() -> None:
            try:
                piece = os.read(device, READ)
            except BlockingIOError:
                return
            except OSError as error:
                piece, why = b"", error.strerror or str(error)
            else:
                why = "it hung up"
            for text in cutting.feed(piece, self._monotonic()):
                self._take(text)
            if not piece:
                loop.remove_reader(device)
                gone.set_result(why)

        loop.add_reader(device, readable)
        try:
            self._note(await gone)
        finally:
            loop.remove_reader(device)
            os.close(device)

    def _take(self, text: str) -> None:
        card = id_token(text, self._spelling)
        if card is None:  # never the text itself: it may be somebody's card all the same
            log.warning("the card reader sent %d characters that are no card", len(text))
        elif self._showings.is_new(card, self._monotonic()) and not self._tasks:
            self._tasks.begin(self._shown_one(card), "a card at the kiosk")

    async def _shown_one(self, card: str) -> None:
        await self._shown(card)

    def _note(self, trouble: str | None) -> None:
        if trouble != self.trouble and trouble is not None:
            log.warning("the card reader can't be heard: %s", trouble)
        elif trouble != self.trouble:
            log.info("the card reader is there")
        if trouble != self.trouble:
            self.trouble = trouble
            self._changed()
