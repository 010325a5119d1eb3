"""What a broker's reason codes mean, in words for people (MQTT 5.0 section 2.4; paho turns 3.1.1's into them)."""

from __future__ import annotations

NO_SUBSCRIBERS = 0x10
UNSPECIFIED = 0x80
UNSUPPORTED_PROTOCOL = 0x84
NOT_AUTHORISED = 0x87
SERVER_BUSY = 0x89
SHUTTING_DOWN = 0x8B
KEEPALIVE_TIMEOUT = 0x8D
TAKEN_OVER = 0x8E
PACKET_TOO_LARGE = 0x95
QUOTA_EXCEEDED = 0x97
ADMINISTRATIVE = 0x98
PAYLOAD_INVALID = 0x99
USE_ANOTHER_SERVER = 0x9C
SERVER_MOVED = 0x9D
RATE_EXCEEDED = 0x9F
CONNECT_TIME_EXCEEDED = 0xA0

_WORDS = {
    NO_SUBSCRIBERS: "nobody is subscribed",
    UNSPECIFIED: "it gives no reason",
    0x81: "it calls a packet malformed",
    0x82: "it calls what we sent against the protocol",
    0x83: "it can't do that, for a reason of its own",
    UNSUPPORTED_PROTOCOL: "it does not speak this version of MQTT",
    0x85: "it does not allow this client id",
    0x86: "wrong user name or password",
    NOT_AUTHORISED: "not authorised: its access rules don't let this account do that",
    0x88: "it is not available now",
    SERVER_BUSY: "it is busy",
    0x8A: "this account is banned there",
    SHUTTING_DOWN: "it shuts down",
    0x8C: "it wants another way of authentication",
    KEEPALIVE_TIMEOUT: "it has heard nothing from us for too long",
    TAKEN_OVER: "another connected under our client id: is a second gateway running with this site's id?",
    0x8F: "it takes no such topic filter",
    0x90: "it takes no such topic: does uplink.root suit this broker?",
    0x93: "more was in flight than it allows",
    PACKET_TOO_LARGE: "larger than it takes",
    0x96: "too many messages a second",
    QUOTA_EXCEEDED: "a quota is exceeded",
    ADMINISTRATIVE: "an administrator closed the connection",
    PAYLOAD_INVALID: "it finds the payload invalid",
    0x9A: "it keeps no retained messages",
    0x9B: "it does not know this quality of service",
    USE_ANOTHER_SERVER: "it wants us to use another server for now: add that one to uplink.brokers",
    SERVER_MOVED: "it has moved: change uplink.brokers",
    RATE_EXCEEDED: "too many connections in a short time",
    CONNECT_TIME_EXCEEDED: "it allows no longer connection",
}


def words(code: int) -> str:
    """The meaning of a reason code, with the code itself for whoever looks it up."""
    return f"{_WORDS.get(code, 'a reason that we do not know')} (0x{code:02x})"


def refusal_words(code: int) -> str:
    """Why a connection is refused. Many a broker says "not authorised" where it means the password."""
    if code == NOT_AUTHORISED:
        return f"not authorised: wrong user name or password, or this account may not connect (0x{code:02x})"
    return words(code)
