"""What of the kiosk and the voice does not fit together, and what its installer should know."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from edgegw.core.tokens import is_pin
from edgegw.model.site import Token
from edgegw.settings.document import Document, Key
from edgegw.settings.findings import Finding, nearest
from edgegw.settings.schema import Settings
from edgegw.web.settings import split_address

MAX_SOCKET_PATH = 107
"""Bytes of sun_path without its zero (unix(7))."""


def errors_of_kiosk(document: Document, settings: Settings) -> Iterator[Finding]:
    """What can't be so."""
    for name in ("control", "voice_socket"):
        length = len(os.fsencode(getattr(settings.web, name)))
        if length > MAX_SOCKET_PATH:
            text = f"the path has {length} bytes; a socket's path has at most {MAX_SOCKET_PATH}"
            yield document.finding(("web", name), text)
    if settings.web.voice_socket == settings.web.control:
        yield document.finding(("web", "voice_socket"), "this is the control socket; EVA needs one of her own")
    known = [station.id for station in settings.stations]
    for index, station in enumerate(settings.voice.stations):
        if station not in known:
            text = f"there is no station {station!r}; {nearest(station, known)}"
            yield document.finding(("voice", "stations", index), text)
    reader = settings.web.kiosk.reader if settings.web.kiosk is not None else None
    if reader is not None and (reader.serial is None) == (reader.hid is None):
        yield document.finding(("web", "kiosk", "reader"), "name one reader: serial: DEVICE, or hid: NAME")
    gemini = settings.voice.gemini
    ways = {"api_key": gemini.api_key is not None, "vertex": gemini.vertex is not None, "ephemeral": gemini.ephemeral}
    if sum(ways.values()) > 1:
        both = ", ".join(name for name, used in ways.items() if used)
        yield document.finding(("voice", "gemini"), f"choose one of {both}")
    if gemini.ephemeral and not settings.uplink.brokers:
        text = "the cloud makes these tokens, and uplink.brokers names none"
        yield document.finding(("voice", "gemini", "ephemeral"), text)


def warnings_of_kiosk(settings: Settings, tokens: Mapping[str, Token]) -> Iterator[tuple[Key, str]]:
    """What works, and not as somebody will expect."""
    voice, kiosk = settings.voice, settings.web.kiosk
    if not voice.enabled and kiosk is None:
        return
    key: Key = ("voice", "enabled") if voice.enabled else ("web", "kiosk")
    if (kiosk is None or kiosk.reader is None) and not any(is_pin(token) for token in tokens):
        yield (
            key,
            (
                "nobody can begin or stop a charge at the kiosk: it has no card reader (web.kiosk.reader), and the "
                "local list has no token of 4 to 8 digits, which would be a PIN"
            ),
        )
    gemini = voice.gemini
    if voice.enabled and gemini.api_key is None and gemini.vertex is None and not gemini.ephemeral:
        yield ("voice", "gemini"), "without api_key, vertex or ephemeral: true there is no model to talk with"
    if settings.web.listen is None:
        yield key, "web.listen is null, so no browser can show the kiosk's page"
    elif kiosk is not None and not kiosk.pairing and not _is_local(settings.web.listen):
        yield (
            ("web", "kiosk", "pairing"),
            "every browser in the network may confirm what a driver at the kiosk has proposed",
        )


def _is_local(listen: str) -> bool:
    return split_address(listen)[0] in ("127.0.0.1", "::1", "localhost")
