"""Connections that never became a websocket, and why: who looks for a station that is not there finds a line. Pure."""

from __future__ import annotations

from typing import Final

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidUpgrade

from edgegw.stations.rpc import one_line

TLS: Final = b"\x16"
"""The first byte of a TLS handshake (RFC 8446 section 5.1: a record of the type handshake)."""


def why(begin: bytes, error: Exception | None) -> tuple[str, str]:
    """(word for the counter, text) of a connection that began with `begin` and ended with `error` before it was a
    websocket. The text never holds more of the request than one short header that has to do with websockets."""
    if begin.startswith(TLS):
        return "tls", "it speaks TLS to a port without: its URL begins with wss:// instead of ws://"
    if begin.startswith(b"POST"):
        return "soap", "it sends POST, as stations do that are set to OCPP over SOAP"
    if error is None:
        return "slow", "it began a request and did not end it"
    if isinstance(error, InvalidUpgrade):
        return "no_websocket", f"it asks for no websocket, as a browser does ({_short(error)})"
    if isinstance(error, InvalidHandshake) and not isinstance(error, InvalidMessage):
        return "request", _short(error)
    return "no_http", "its request is no HTTP"


def _short(error: Exception) -> str:
    return one_line(str(error), 120)
