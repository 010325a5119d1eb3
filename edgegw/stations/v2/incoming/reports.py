"""Notifications that are written down and no more, and questions that are answered with no."""

from __future__ import annotations

from collections.abc import Callable

from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2 import reports
from edgegw.stations.v2.dialect import Dialect


def report(action: str, payload: Payload, peer: Peer, reply: Payload | None = None) -> Tell:
    """A notification that is written down and no more."""
    return Tell(reply or {}, reports.facts_of(action, payload, peer))


def kept(action: str) -> Callable[[Payload, Peer, Dialect], Incoming]:
    """Understands `action` as a notification that is written down."""
    return lambda payload, peer, dialect: report(action, payload, peer)


def refused(no: Payload) -> Callable[[Payload, Peer, Dialect], Incoming]:
    """Understands a question that this gateway says no to: with the payload `no`."""
    return lambda payload, peer, dialect: Tell(dict(no))
