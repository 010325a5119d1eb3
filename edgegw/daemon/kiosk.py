"""The kiosk's services, built and joined; imported when the configuration asks for one of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from edgegw.hub import Hub
from edgegw.hub.kiosk import Kiosk
from edgegw.model.kiosk import KioskTerms
from edgegw.settings import Settings
from edgegw.web.eva.peer import Around
from edgegw.web.eva.server import VoiceSocket
from edgegw.web.kiosk.desk import Desk
from edgegw.web.kiosk.pairing import Pairing
from edgegw.web.reader import ports
from edgegw.web.reader.framing import Lines
from edgegw.web.reader.keys import Typed
from edgegw.web.reader.service import Reader
from edgegw.web.settings import ReaderSettings

if TYPE_CHECKING:
    from edgegw.daemon.running import Running


def desk(settings: Settings, hub: Hub, running: Running) -> Desk:
    """The kiosk itself. Raises ValueError when the file with its browsers can't be read."""
    voice, kiosk = settings.voice, settings.web.kiosk
    terms = KioskTerms(
        stations=tuple(voice.stations),
        max_cost=voice.max_cost,
        locale=settings.site.locale,
        transcripts=voice.transcripts,
    )
    pairing = None
    if kiosk is None or kiosk.pairing:
        pairing = Pairing(settings.storage.path / "kiosk-browsers.json", now=hub.now, monotonic=hub.monotonic)
    return Desk(
        hub,
        Kiosk(hub, terms, howto=voice.howto),
        running.eva(),
        pairing,
        assistant=voice.assistant,
        voice=voice.enabled,
        reader=running.reader,
    )


def reader(settings: ReaderSettings, running: Running) -> Reader:
    """What hears the card reader."""
    if settings.serial is not None:
        open = partial(ports.open_serial, settings.serial, settings.baud)
    else:
        open = partial(ports.open_typing, settings.hid or "")

    async def shown(card: str) -> None:
        if (kiosk := running.kiosk()) is not None:
            await kiosk.shown(card, "qr" if settings.reads == "codes" else "reader")

    return Reader(
        open,
        Lines if settings.serial is not None else Typed,
        shown,
        spelling=settings.card_number,
        changed=lambda: running.eva().bell.ring(),
    )


def voice_socket(settings: Settings, hub: Hub, running: Running) -> VoiceSocket:
    """EVA's way in."""

    def kiosk() -> Kiosk | None:
        found = running.kiosk()
        return found.kiosk if found is not None else None

    return VoiceSocket(settings.web.voice_socket, Around(running.eva(), hub, kiosk, running.voice_token))
