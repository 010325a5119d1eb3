"""What a process has one of: can the model be reached, what may still be spent, and a line for each dialogue."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from edgegw.voice.live import budget
from edgegw.voice.live.breaker import PROBE_S, Breaker
from edgegw.voice.live.budget import Limits, Reason, Spent
from edgegw.voice.live.findings import Finding, finding
from edgegw.voice.live.line import Line
from edgegw.voice.live.liveness import Patience
from edgegw.voice.live.recovery import Recovery
from edgegw.voice.live.session import CannotOpen, LiveModel, LiveSetup

_LOG = logging.getLogger(__name__)

SAVE_S = 15.0
"""What a dialogue has used is on disk within this time; a memory card does not want it more often."""

PROBE = LiveSetup(system="This is a test of the connection.")


class Unavailable(Exception):
    """No line: `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Exchange:
    """`run` it beside the dialogues; `line` gives the next one. `file` keeps what the day has used over restarts;
    `today` is the site's day; `name` is the model's, for findings."""

    def __init__(
        self, model: LiveModel, *, file: Path, today: Callable[[], date], name: str = "the live model",
        limits: Limits | None = None, patience: Patience | None = None, probe_s: float = PROBE_S,
        on_change: Callable[[], None] = lambda: None, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._model, self._name = model, name
        self._file, self._today = file, today
        self._limits, self._patience = limits or Limits(), patience
        self._breaker = Breaker(probe_s)
        self._on_change = on_change
        self._now = now
        self._spent = _load(file, today())
        self._saved = self._spent
        self._saved_at = now()
        self._stirred = asyncio.Event()
        self._saving = threading.Lock()
        self._counters: Counter[str] = Counter()
        self.tested = False
        """Whether the self-test is over."""

    @property
    def spent(self) -> Spent:
        """What today has used."""
        return budget.spend(self._spent, self._today())

    @property
    def counters(self) -> Mapping[str, float]:
        """Of all lines that are over, for metrics; `Line.counters` names them."""
        return self._counters

    @property
    def finding(self) -> Finding | None:
        """Why there is no line now; None: there is one."""
        used = budget.exhausted(self._limits, self._spent, self._today())
        if used is not None:
            limit = (
                f"{self._limits.minutes_a_day:g} minutes"
                if used == "minutes"
                else f"{self._limits.tokens_a_day} tokens"
            )
            return Finding("budget_spent", used, f"the day's {limit} of conversation are used up; it goes on tomorrow")
        return self._breaker.finding

    def line(self, setup: LiveSetup, *, recovery: Recovery | None = None) -> Line:
        """A line for one dialogue, to be entered. Raises Unavailable at once when there is none to be had."""
        why = self.finding
        if why is not None:
            raise Unavailable(why)
        return Line(
            self._model, setup, name=self._name, patience=self._patience, limits=self._limits, recovery=recovery,
            spend=self.spend, now=self._now, ended=self._ended,
        )  # fmt: skip

    def _ended(self, line: Line) -> None:
        """A line is over: had it nowhere to go, the next driver need not wait to learn so."""
        self._counters.update({**line.counters, "lines": 1, "lines_lost": int(line.failed is not None)})
        if line.failed is not None:
            self._breaker.failed(line.failed, self._now())
        self._changed()

    def spend(self, seconds: float, tokens: int) -> Reason | None:
        """Count what is used; what is used up."""
        self._spent = budget.spend(self._spent, self._today(), seconds=seconds, tokens=tokens)
        if self._now() - self._saved_at >= SAVE_S:
            self._stirred.set()
        return budget.exhausted(self._limits, self._spent, self._today())

    def _changed(self) -> None:
        self._stirred.set()
        self._on_change()

    async def run(self) -> None:
        """Self-test, then probes while the model can't be reached, and the file; until it is cancelled."""
        try:
            await self._probe()
            self.tested = True
            self._on_change()
            while True:
                self._stirred.clear()
                if self._breaker.probe_at is not None and self._now() >= self._breaker.probe_at:
                    await self._probe()
                if self._spent != self._saved:
                    await asyncio.to_thread(self._save)
                probe_at = self._breaker.probe_at
                wait_s = None if probe_at is None else max(0.0, probe_at - self._now())
                try:
                    async with asyncio.timeout(wait_s):
                        await self._stirred.wait()
                except TimeoutError:
                    pass
        finally:
            self._save()

    async def _probe(self) -> None:
        """Open a session, and hang up."""
        before = self._breaker.finding
        why = await self.self_test()
        if why is None:
            self._breaker.succeeded()
        else:
            self._breaker.failed(why, self._now())
        if before != why:
            _LOG.log(
                logging.INFO if why is None else logging.WARNING, "%s", why.text if why else "the live model answers"
            )
            self._on_change()

    async def self_test(self) -> Finding | None:
        """Connect, be told that the setup is taken, hang up. What is wrong; None: nothing. A probe costs no tokens."""
        try:
            opened = await self._model.open(PROBE)
        except CannotOpen as error:
            return finding(error, self._name)
        await opened.close()
        return None

    def _save(self) -> None:
        with self._saving:  # at the end the process does not wait for the thread that may still write
            self._write(self._spent)

    def _write(self, spent: Spent) -> None:
        if spent == self._saved:
            return
        self._saved_at = self._now()
        beside = self._file.with_name(f".{self._file.name}.new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(budget.written(spent), file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._file)
            self._saved = spent
        except OSError as error:
            _LOG.warning("what the day has used can't be written to %s: %s", self._file, error.strerror)


def _load(file: Path, today: date) -> Spent:
    try:
        return budget.read(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Spent(today)
    except (OSError, ValueError) as error:
        _LOG.warning("what the day has used can't be read from %s, and is taken for nothing: %s", file, error)
        return Spent(today)
