"""Who gets what: sessions, subscriptions, retained messages, wills. No I/O, no clock of its own.

Packets for a client go to its session's `send`, which hands them to a socket or a test.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from edgegw.simulate.broker import packets
from edgegw.simulate.broker.packets import (
    MESSAGE_EXPIRY,
    V5,
    Acknowledge,
    Connect,
    Disconnect,
    Packet,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
)

TAKEN_OVER: Final = 0x8E

MAX_QUEUE: Final = 100_000
"""Messages kept for a session without a connection; beyond, the oldest go."""

Send = Callable[[bytes], None]


@dataclass(slots=True)
class Waiting:
    """A message for one client, until when it is worth sending (monotonic)."""

    message: Publish
    expires_at: float | None


@dataclass(slots=True)
class Session:
    """What the broker knows of a client. `send` None: it is not connected; `close` ends its connection."""

    client: str
    version: int
    expiry_s: float
    receive_maximum: int
    maximum_packet: int
    send: Send | None = None
    close: Callable[[], None] | None = None
    filters: dict[str, int] = field(default_factory=dict)
    queue: deque[Waiting] = field(default_factory=deque)
    inflight: dict[int, Waiting] = field(default_factory=dict)
    will: Publish | None = None
    will_delay_s: float = 0.0
    will_at: float | None = None
    ends_at: float | None = None
    last_id: int = 0

    def next_id(self) -> int:
        while True:
            self.last_id = self.last_id % 65535 + 1
            if self.last_id not in self.inflight:
                return self.last_id


class Switchboard:
    """`attach` a client when its CONNECT has come, `receive` its packets, `detach` it when its connection has ended,
    and `tick` every second or so."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self._retained: dict[str, Waiting] = {}
        self._named = 0

    def attach(self, asked: Connect, send: Send, close: Callable[[], None], now: float) -> Session:
        """Take a client in and answer its CONNECT; an older connection of the same client ends."""
        client, assigned = asked.client, None
        if not client:
            self._named += 1
            client = assigned = f"auto-{self._named}"
        old = self.sessions.get(client)
        if old is not None and old.send is not None:
            if old.version == V5:
                old.send(packets.disconnect(TAKEN_OVER))
            self._hang_up(old)
            self.detach(old, now, with_will=True)
            old = self.sessions.get(client)
        present = old is not None and not asked.clean
        session = old if old is not None and present else Session(client, 0, 0, 0, 0)
        session.version, session.expiry_s = asked.version, asked.session_expiry_s
        session.receive_maximum, session.maximum_packet = asked.receive_maximum, asked.maximum_packet
        session.will, session.will_delay_s = asked.will, asked.will_delay_s
        session.send, session.close, session.ends_at, session.will_at = send, close, None, None
        if old is not None and old is not session:
            self._let_will_go(old, now)
        self.sessions[client] = session
        send(packets.connack(asked.version, session_present=present, assigned=assigned))
        for number, waiting in session.inflight.items():
            again = replace(waiting.message, dup=True, id=number)
            send(packets.publish(again, session.version))
        self._pump(session, now)
        return session

    @staticmethod
    def _hang_up(session: Session) -> None:
        close, session.close = session.close, None
        if close is not None:
            close()

    def detach(self, session: Session, now: float, *, with_will: bool) -> None:
        """The connection is gone; `with_will` when the client did not say goodbye."""
        if session.send is None:
            return
        session.send = session.close = None
        if not with_will:
            session.will = None
        session.will_at = now + min(session.will_delay_s, session.expiry_s)
        session.ends_at = now + session.expiry_s
        self.tick(now)

    def tick(self, now: float) -> None:
        """Send the wills that are due, forget the sessions that have expired."""
        for session in list(self.sessions.values()):
            if session.send is not None:
                continue
            if session.will_at is not None and now >= session.will_at:
                self._let_will_go(session, now)
            if session.ends_at is not None and now >= session.ends_at:
                self.sessions.pop(session.client, None)

    def _let_will_go(self, session: Session, now: float) -> None:
        will, session.will, session.will_at = session.will, None, None
        if will is not None:
            self._route(will, now)

    def receive(self, session: Session, packet: Packet, now: float) -> None:
        """Take a packet of a connected client. Raises Malformed for one that may not come here."""
        send = session.send
        if send is None:
            return
        match packet:
            case Publish():
                taken = self._route(packet, now)
                if packet.qos:
                    send(packets.puback(packet.id, session.version, taken=taken))
            case Acknowledge():
                session.inflight.pop(packet.id, None)
                self._pump(session, now)
            case Subscribe():
                self._subscribe(session, packet, send, now)
            case Unsubscribe():
                for name in packet.filters:
                    session.filters.pop(name, None)
                send(packets.unsuback(packet.id, len(packet.filters), session.version))
            case Ping():
                send(packets.pingresp())
            case Disconnect():
                self.detach(session, now, with_will=packet.with_will)
            case Connect():
                raise packets.Malformed("a second CONNECT")

    def _subscribe(self, session: Session, asked: Subscribe, send: Send, now: float) -> None:
        codes = []
        for name, options in asked.filters:
            if not valid(name):
                codes.append(0x80)
                continue
            session.filters[name] = min(1, options & 0x03)
            codes.append(session.filters[name])
        send(packets.suback(asked.id, codes, session.version))
        for name, _ in asked.filters:
            for topic, waiting in list(self._retained.items()):
                if name in session.filters and matches(name, topic):
                    self._hand(session, waiting, session.filters[name], now, retain=True)

    def _route(self, message: Publish, now: float) -> bool:
        """Hand a message to all who want it; whether there was anybody."""
        lives_s = dict(message.properties).get(MESSAGE_EXPIRY)
        waiting = Waiting(message, None if lives_s is None else now + lives_s)
        if message.retain and message.payload:
            self._retained[message.topic] = waiting
        elif message.retain:
            self._retained.pop(message.topic, None)
        taken = False
        for session in self.sessions.values():
            granted = [qos for name, qos in session.filters.items() if matches(name, message.topic)]
            if granted:
                taken = True
                self._hand(session, waiting, max(granted), now, retain=False)
        return taken

    def _hand(self, session: Session, waiting: Waiting, granted: int, now: float, *, retain: bool) -> None:
        message = replace(waiting.message, qos=min(granted, waiting.message.qos), retain=retain, dup=False)
        if message.qos == 0 and session.send is None:
            return
        session.queue.append(Waiting(message, waiting.expires_at))
        if len(session.queue) > MAX_QUEUE:
            session.queue.popleft()
        self._pump(session, now)

    def _pump(self, session: Session, now: float) -> None:
        """Send what waits, as far as the client's Receive Maximum allows."""
        while session.send is not None and session.queue:
            waiting = session.queue[0]
            if waiting.message.qos and len(session.inflight) >= session.receive_maximum:
                return
            session.queue.popleft()
            if waiting.expires_at is not None and now >= waiting.expires_at:
                continue
            message = waiting.message
            if message.qos:
                message = replace(message, id=session.next_id())
            if waiting.expires_at is not None:
                left_s = max(1, round(waiting.expires_at - now))
                kept = [each for each in message.properties if each[0] != MESSAGE_EXPIRY]
                message = replace(message, properties=(*kept, (MESSAGE_EXPIRY, left_s)))
            data = packets.publish(message, session.version)
            if len(data) > session.maximum_packet:
                continue
            if message.qos:
                session.inflight[message.id] = Waiting(message, waiting.expires_at)
            session.send(data)


def valid(name: str) -> bool:
    """Whether a topic filter is one (section 4.7.1); shared subscriptions are not served."""
    levels = name.split("/")
    return (
        bool(name)
        and not name.startswith("$share/")
        and all("#" not in level or (level == "#" and n == len(levels) - 1) for n, level in enumerate(levels))
        and all("+" not in level or level == "+" for level in levels)
    )


def matches(name: str, topic: str) -> bool:
    """Whether a topic filter takes a topic (section 4.7)."""
    if topic.startswith("$") and name[:1] in ("+", "#"):
        return False
    wanted, given = name.split("/"), topic.split("/")
    for n, level in enumerate(wanted):
        if level == "#":
            return True
        if n >= len(given) or level not in ("+", given[n]):
            return False
    return len(wanted) == len(given)
