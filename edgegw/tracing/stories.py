"""Which spans belong to one story. Memory alone: a trace that a restart cuts in two is no reason to write to a disk."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from edgegw.model.facts import Fact

K = TypeVar("K")

MOST_WAITING: Final = 4096
"""Facts that are told of when the cloud has them, and that were published; of more the oldest are forgotten."""


class Span(Protocol):
    """A span that has begun and is wanted by the sampling."""

    traceparent: str

    def say(self, **attributes: str | int) -> None: ...
    def end(self, at_ns: int | None = None) -> None: ...


class Spans(Protocol):
    """Where spans go; `otel.Exported` is one."""

    def begin(self, name: str, parent: Span | None, at_ns: int, /, **attributes: str | int) -> Span | None:
        """A new span under `parent`, or of a new trace; None when the sampling leaves that out."""


class Durable(Protocol):
    """A durable fact, as the hub streams it."""

    @property
    def sequence(self) -> int: ...
    @property
    def fact(self) -> Fact: ...
    @property
    def id(self) -> str: ...


@dataclass(slots=True)
class _Frame:
    span: Span
    came_ns: int
    commit: _Commit | None = None


@dataclass(slots=True)
class _Commit:
    span: Span
    kinds: list[str] = field(default_factory=list)
    ended: bool = False
    sent_ns: int = 0


class Stories:
    """The traces of one gateway. `new_id` makes ids of facts; what is given an id while a frame is served is of its
    story, which is how the hub need not know of it."""

    def __init__(self, spans: Spans, new_id: Callable[[], str], now_ns: Callable[[], int] = time.time_ns) -> None:
        self._spans = spans
        self._new_id = new_id
        self._now_ns = now_ns
        self._frame: ContextVar[_Frame | None] = ContextVar("edgegw_frame", default=None)
        self._by_id: dict[str, _Commit] = {}
        self._by_place: dict[tuple[str, int], _Commit] = {}

    @contextmanager
    def frame(self, station: str, action: str, version: str, waited_s: float) -> Iterator[None]:
        came_ns = self._now_ns() - round(waited_s * 1e9)
        span = self._spans.begin(action, None, came_ns, station=station, version=version)
        if span is None:
            yield
            return
        token = self._frame.set(_Frame(span, came_ns))
        try:
            yield
        finally:
            self._frame.reset(token)
            span.end()

    def new_id(self) -> str:
        """An id, which is that of a fact of the frame that is being served, if there is one."""
        id = self._new_id()
        frame = self._frame.get()
        if frame is not None:
            if frame.commit is None or frame.commit.ended:
                self._decided(frame)
            if frame.commit is not None:
                _remember(self._by_id, id, frame.commit)
        return id

    def _decided(self, frame: _Frame) -> None:
        now = self._now_ns()
        if frame.commit is None and (decide := self._spans.begin("decide", frame.span, frame.came_ns)) is not None:
            decide.end(now)
        span = self._spans.begin("commit", frame.span, now)
        frame.commit = None if span is None else _Commit(span)

    async def follow(self, changes: AsyncIterator[tuple[Durable, ...]], epoch: Callable[[], str]) -> None:
        """End commits as their facts become durable, until cancelled."""
        async for batch in changes:
            self.committed(batch, epoch())

    def committed(self, batch: tuple[Durable, ...], epoch: str) -> None:
        """These facts are durable."""
        now, done = self._now_ns(), []
        for item in batch:
            commit = self._by_id.get(item.id)
            if commit is None:
                continue
            commit.kinds.append(item.fact.type)
            _remember(self._by_place, (epoch, item.sequence), commit)
            done.append(commit)
        for commit in done:
            if not commit.ended:
                commit.ended = True
                commit.span.say(facts=", ".join(commit.kinds))
                commit.span.end(now)

    def traceparent(self, fact: str) -> str | None:
        commit = self._by_id.get(fact)
        return None if commit is None else commit.span.traceparent

    def published(self, epoch: str, first: int, last: int, began_ns: int, code: int) -> None:
        now = self._now_ns()
        for commit in self._within(epoch, first, last):
            commit.sent_ns = now
            about: Mapping[str, str | int] = {"first": first, "last": last, "code": code}
            if (span := self._spans.begin("publish", commit.span, began_ns, **about)) is not None:
                span.end(now)

    def durable(self, epoch: str, sequence: int) -> None:
        now = self._now_ns()
        for commit in self._within(epoch, 0, sequence):
            span = self._spans.begin("watermark", commit.span, commit.sent_ns or now, sequence=sequence)
            if span is not None:
                span.end(now)
        for place in [place for place in self._by_place if place[0] == epoch and place[1] <= sequence]:
            del self._by_place[place]

    def _within(self, epoch: str, first: int, last: int) -> list[_Commit]:
        """The commits of facts from `first` to `last`, each once."""
        found = {
            id(commit): commit
            for place, commit in self._by_place.items()
            if place[0] == epoch and first <= place[1] <= last
        }
        return list(found.values())


def _remember(known: dict[K, _Commit], key: K, commit: _Commit) -> None:
    known[key] = commit
    if len(known) > MOST_WAITING:
        del known[next(iter(known))]
