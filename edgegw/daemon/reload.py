"""What of a new configuration means which change, so that a reload does no more than it must, and what speaks against.

`changes` is pure. `listener_faults` tries what a reload could not take back: whether new listeners can listen.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from edgegw.model.site import ChargingStation, Site
from edgegw.passed import Passed
from edgegw.settings import Settings
from edgegw.stations import tls
from edgegw.web.settings import ReaderSettings, split_address


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reload has to do, and which keys wait for a restart."""

    site: bool
    """The hub's idea of the site: stations, feeders, prices, cards."""
    listeners: bool
    """The stations' listeners: every link is dropped and comes back."""
    links: frozenset[str]
    """Stations whose link rests on something that is no longer so; dropped, they come back as what they are now."""
    meters: bool
    load: bool
    uplink: bool
    control: bool
    """The control socket, through which the reload may have been asked for."""
    web: bool
    metrics: bool
    files: bool
    upstream: bool
    """The connections to another CSMS."""
    kiosk: bool
    """What holds at the kiosk: every dialogue ends."""
    reader: bool
    """The card reader at the kiosk."""
    voice: bool
    """The socket of the voice process, which comes back by itself."""
    log: bool
    restart: tuple[str, ...]

    def names(self) -> list[str]:
        parts = (
            "site",
            "listeners",
            "meters",
            "load",
            "uplink",
            "control",
            "web",
            "metrics",
            "files",
            "upstream",
            "kiosk",
            "reader",
            "voice",
            "log",
        )
        return [part for part in parts if getattr(self, part)]


LISTENERS = ("ca", "call_timeout", "limits", "listen", "tls_rsa_compat", "upstream")
"""What of `ocpp` the stations' server is built with."""

RESTART: tuple[tuple[str, ...], ...] = (("storage",), ("authorization", "cache"), ("tracing",))
"""What is taken up at the start of the process alone: its folder is locked, its file open."""


def changes(old: Settings, new: Settings, old_site: Site, new_site: Site, *, renewed: bool = False) -> Changes:
    """What differs between the configuration in force and the new one; each with the site that follows from it.

    `renewed`: the certificates of the stations' listeners are others under their old names.
    """

    def differ(*path: str) -> bool:
        return bool(_at(old, path) != _at(new, path))

    def roles(settings: Settings) -> dict[str, str]:
        return {meter.id: meter.measures for meter in settings.meters}

    encrypted = new.ocpp.files is not None and new.ocpp.files.tls is not None
    return Changes(
        site=old_site != new_site,
        listeners=renewed or any(differ("ocpp", name) for name in LISTENERS),
        links=frozenset(
            name
            for name in old_site.stations.keys() | new_site.stations.keys()
            if _link(old_site.stations.get(name)) != _link(new_site.stations.get(name))
        ),
        meters=differ("meters"),
        load=(old.supply is None) != (new.supply is None) or roles(old) != roles(new),
        uplink=differ("uplink") or differ("site", "id"),
        control=differ("web", "control"),
        web=differ("web", "listen"),
        metrics=differ("metrics"),
        files=differ("ocpp", "files") or (encrypted and (renewed or differ("ocpp", "tls_rsa_compat"))),
        upstream=differ("ocpp", "upstream"),
        kiosk=kiosk_of(old) != kiosk_of(new),
        reader=reader_of(old) != reader_of(new),
        voice=differ("voice", "enabled") or differ("web", "voice_socket"),
        log=differ("log"),
        restart=tuple(".".join(path) for path in RESTART if differ(*path)),
    )


def kiosk_of(settings: Settings) -> tuple[Any, ...] | None:
    """What a kiosk is built on; None where none is asked for."""
    voice, kiosk = settings.voice, settings.web.kiosk
    if not voice.enabled and kiosk is None:
        return None
    terms = voice.enabled, voice.stations, voice.max_cost, voice.howto, voice.transcripts, voice.assistant
    return *terms, settings.site.locale, kiosk is None or kiosk.pairing


def reader_of(settings: Settings) -> ReaderSettings | None:
    """The card reader at the kiosk, None for none."""
    return settings.web.kiosk.reader if settings.web.kiosk is not None else None


def _at(settings: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        settings = getattr(settings, name)
    return settings


def _link(station: ChargingStation | None) -> tuple[Any, ...] | None:
    """What of a station's configuration a live link was built on."""
    if station is None:
        return None
    return station.evses, station.security_profile, station.reports_phases, station.quirks


def in_force(old: Settings, new: Settings) -> Settings:
    """The new settings, but for what waits for a restart."""
    authorization = new.authorization.model_copy(update={"cache": old.authorization.cache})
    return new.model_copy(update={"storage": old.storage, "authorization": authorization, "tracing": old.tracing})


def certificates(settings: Settings) -> dict[Path, bytes]:
    """A digest of each certificate and key that stations meet, empty for one that can't be read."""
    found = {}
    named: list[Path | None] = []
    for files in (listen.tls for listen in settings.ocpp.listen if listen.tls is not None):
        second = files.second
        pair = (second.certificate, second.key) if second is not None else ()
        named += [files.certificate, files.key, files.client_ca, *pair]
    if settings.ocpp.files is not None and settings.ocpp.files.tls is not None:
        named += [settings.ocpp.files.tls.certificate, settings.ocpp.files.tls.key]
    for path in named:
        if path is not None:
            try:
                found[path] = sha256(path.read_bytes()).digest()
            except OSError:
                found[path] = b""
    return found


def listener_faults(old: Settings, new: Settings, passed: Passed | None = None, *, renewed: bool = False) -> list[str]:
    """Why listeners of `new` could not listen, each with its key. Ports that `old` holds are ours already, and so are
    places of `passed`."""
    held = {port for _, _, port in _listeners(old)}
    found = []
    for key, address, port in _listeners(new):
        ours = port in held or (key.startswith("ocpp.listen") and passed is not None and passed.covers(address, port))
        if not ours and (fault := _fault(address, port)) is not None:
            found.append(f"{key}: can't listen on {address}:{port}: {fault}")
    for index, listen in enumerate(new.ocpp.listen):
        if listen.tls is not None and (renewed or listen not in old.ocpp.listen):
            files = listen.tls
            try:
                tls.server_context(
                    files.certificate, files.key, files.client_ca, rsa_compat=new.ocpp.tls_rsa_compat,
                    second=(files.second.certificate, files.second.key) if files.second is not None else None,
                )  # fmt: skip
            except ValueError as error:
                found.append(f"ocpp.listen[{index}].tls: {error}")
    return found


def _listeners(settings: Settings) -> Iterator[tuple[str, str, int]]:
    for index, listen in enumerate(settings.ocpp.listen):
        yield f"ocpp.listen[{index}]", listen.address, listen.port
    if settings.web.listen is not None:
        yield "web.listen", *split_address(settings.web.listen)
    if settings.metrics is not None:
        yield "metrics.listen", *split_address(settings.metrics.listen)
    if settings.ocpp.files is not None:
        yield "ocpp.files", settings.ocpp.files.address, settings.ocpp.files.port
        if settings.ocpp.files.ftp:
            yield "ocpp.files.ftp_port", settings.ocpp.files.address, settings.ocpp.files.ftp_port


def _fault(address: str, port: int) -> str | None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
            trial.listen(1)
    except OSError as error:
        return "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
    return None


def listeners(settings: Settings, *, tried: bool) -> Iterator[tuple[str, str, int, str | None]]:
    """(key, address, port, why it can't be listened on) of each listener of the file; `tried` binds them for a moment,
    and without it nothing is known against any."""
    for key, address, port in _listeners(settings):
        yield key, address, port, _fault(address, port) if tried and port else None
