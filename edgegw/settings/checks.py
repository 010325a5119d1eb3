"""Rules that look across sections, and what an installer should know though it is no error."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edgegw.core.fallback import fits
from edgegw.meters.line import line_of
from edgegw.meters.settings import SerialConnection
from edgegw.model.site import Token
from edgegw.settings.credentials import credential_path, searched
from edgegw.settings.document import Document, Key
from edgegw.settings.drivers import unverified, without_amperes, without_direction, wrong_driver
from edgegw.settings.findings import Finding, nearest
from edgegw.settings.kiosk import errors_of_kiosk, warnings_of_kiosk
from edgegw.settings.schema import Settings
from edgegw.web.settings import split_address


def errors_across(document: Document, settings: Settings) -> list[Finding]:
    """What no section can see alone. Empty when the site can run."""
    return [
        *_doubled(document, settings),
        *_timezone(document, settings),
        *_circuits(document, settings),
        *_stations(document, settings),
        *_meters(document, settings),
        *_ports(document, settings),
        *errors_of_kiosk(document, settings),
        *_tls(document, settings),
        *_ftp(document, settings),
        *_upstream(document, settings),
    ]


def errors_of_fallback(document: Document, settings: Settings) -> list[Finding]:
    """What of the fallback overloads a breaker when nobody watches, of a site that is sound in itself."""
    return [document.finding(("supply", "fallback_a"), text) for text in fits(settings.site_model())]


def _doubled(document: Document, settings: Settings) -> Iterator[Finding]:
    lists: list[tuple[Key, list[str]]] = [
        (("stations",), [station.id for station in settings.stations]),
        (("meters",), [meter.id for meter in settings.meters]),
    ]
    if settings.supply is not None:
        lists.append((("supply", "circuits"), [circuit.id for circuit in settings.supply.circuits]))
    for index, station in enumerate(settings.stations):
        lists.append((("stations", index, "evses"), [str(evse.id) for evse in station.evses]))
    for key, names in lists:
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                yield document.finding((*key, index, "id"), f"{name} is taken by another one of this list")
            seen.add(name)
    roles = Counter(meter.measures for meter in settings.meters)
    for index, meter in enumerate(settings.meters):
        if meter.measures == "supply" and roles["supply"] > 1:
            yield document.finding(("meters", index, "measures"), "only one meter can measure the supply")


def _timezone(document: Document, settings: Settings) -> Iterator[Finding]:
    name = settings.site.timezone
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "a name such as America/Sao_Paulo; if this one is right, install the package tzdata"
        yield document.finding(("site", "timezone"), f"{name!r} is not known here; allowed: {hint}")


def _circuits(document: Document, settings: Settings) -> Iterator[Finding]:
    if settings.supply is None:
        return
    parents = {circuit.id: circuit.parent for circuit in settings.supply.circuits}
    for index, circuit in enumerate(settings.supply.circuits):
        key: Key = ("supply", "circuits", index)
        if circuit.id == "main":
            yield document.finding((*key, "id"), "main names the supply itself; choose another name")
        elif circuit.parent != "main" and circuit.parent not in parents:
            allowed = nearest(circuit.parent, [*parents, "main"])
            yield document.finding((*key, "parent"), f"there is no circuit {circuit.parent!r}; {allowed}")
        else:
            above, seen = circuit.parent, {circuit.id}
            while above in parents and above not in seen:
                seen.add(above)
                above = parents[above]
            if above in seen:
                yield document.finding((*key, "parent"), "this feeder hangs on itself in the end")


def _stations(document: Document, settings: Settings) -> Iterator[Finding]:
    circuits = {"main"} | ({item.id for item in settings.supply.circuits} if settings.supply is not None else set())
    known = quirk_names() if any(station.quirks for station in settings.stations) else set()
    for index, station in enumerate(settings.stations):
        key: Key = ("stations", index)
        if station.quirks is not None and station.quirks not in known:
            text = f"there is no station driver {station.quirks!r}; {nearest(station.quirks, known)}"
            yield document.finding((*key, "quirks"), text)
        if station.circuit not in circuits:
            allowed = nearest(station.circuit, circuits)
            yield document.finding((*key, "circuit"), f"there is no circuit {station.circuit!r}; {allowed}")
        if station.tariff != "default" and station.tariff not in settings.tariffs:
            allowed = nearest(station.tariff, [*settings.tariffs, "default"])
            yield document.finding((*key, "tariff"), f"there is no tariff {station.tariff!r}; {allowed}")
        if station.security_profile in (1, 2) and station.password is None:
            text = f"security profile {station.security_profile} needs a password: {{credential: NAME}}"
            yield document.finding((*key, "security_profile"), text)
        if not station.evses:
            yield document.finding((*key, "evses"), "needs at least one EVSE; leave the key out for one of 32 A")
        for number, evse in enumerate(station.evses):
            place: Key = (*key, "evses", number, "phases")
            if "terminals" in evse.model_fields_set and evse.phases != "auto":
                yield document.finding((*place[:-1], "terminals"), "it counts with phases: auto; leave it out")
            if evse.phases == "auto":
                yield from _auto(document, settings, index, number)
                continue
            if len(set(evse.phases)) != len(evse.phases):
                yield document.finding(place, "a phase stands here twice")
            if evse.wiring == "line" and len(evse.phases) != 2:
                yield document.finding(place, "wiring: line is one load between two phases; name the two")
            if settings.supply is not None and settings.supply.phases == 1 and evse.phases != ["L1"]:
                yield document.finding(place, "the supply has one phase, L1")


def _auto(document: Document, settings: Settings, index: int, number: int) -> Iterator[Finding]:
    """What stands against learning the phases of an EVSE."""
    station = settings.stations[index]
    place: Key = ("stations", index, "evses", number, "phases")
    measured = {meter.measures for meter in settings.meters}
    above = {"supply"} | {f"circuit:{each}" for each in _path(settings, station.circuit)}
    if settings.supply is not None and settings.supply.phases == 1:
        yield document.finding(place, "the supply has one phase, L1; name it")
    elif station.reports_phases is not None:
        yield document.finding(place, "auto learns what the station reports; leave reports_phases out")
    elif settings.supply is None or measured.isdisjoint(above):
        yield document.finding(place, "auto needs a meter of the supply or a circuit above; name the phases")


def _path(settings: Settings, circuit: str) -> list[str]:
    """The circuit and those above it, as far as they are there."""
    parents = {each.id: each.parent for each in settings.supply.circuits} if settings.supply is not None else {}
    path: list[str] = []
    while circuit in parents and circuit not in path:
        path.append(circuit)
        circuit = parents[circuit]
    return path


def _meters(document: Document, settings: Settings) -> Iterator[Finding]:
    circuits = {item.id for item in settings.supply.circuits} if settings.supply is not None else set()
    stations = {station.id for station in settings.stations}
    units: dict[tuple[str, int], str] = {}
    for index, meter in enumerate(settings.meters):
        key: Key = ("meters", index)
        place = line_of(meter, None).place
        other = units.setdefault((place, meter.unit), meter.id)
        if other != meter.id:
            yield document.finding((*key, "unit"), f"unit {meter.unit} on {place} is the meter {other} already")
        kind, _, name = meter.measures.partition(":")
        known = {"circuit": circuits, "station": stations}.get(kind)
        if known is not None and name not in known:
            text = f"there is no {kind} {name!r}; {nearest(name, known)}"
            yield document.finding((*key, "measures"), text)
        if (wrong := wrong_driver(meter.driver)) is not None:
            yield document.finding((*key, "driver"), wrong)


def quirk_names() -> set[str]:
    """What a station's quirks may be: a station driver of this machine, or none."""
    from edgegw.stations.quirkfiles import NONE, Families  # late: as below

    return {*Families().names(), NONE}


def _ports(document: Document, settings: Settings) -> Iterator[Finding]:
    if not settings.ocpp.listen:
        yield document.finding(("ocpp", "listen"), "needs at least one listener, or no station can connect")
    taken: dict[int, str] = {}
    listeners: list[tuple[Key, int]] = [
        (("ocpp", "listen", index, "port"), listen.port) for index, listen in enumerate(settings.ocpp.listen)
    ]
    if settings.web.listen is not None:
        listeners.append((("web", "listen"), split_address(settings.web.listen)[1]))
    if settings.metrics is not None:
        listeners.append((("metrics", "listen"), split_address(settings.metrics.listen)[1]))
    if settings.ocpp.files is not None:
        listeners.append((("ocpp", "files", "port"), settings.ocpp.files.port))
    for key, port in listeners:
        if port > 65535:
            yield document.finding(key, f"{port} is no port; allowed: 0 to 65535")
        elif port and port in taken:
            yield document.finding(key, f"port {port} is taken by {taken[port]}")
        taken[port] = ".".join(str(part) for part in key if not isinstance(part, int))


def _tls(document: Document, settings: Settings) -> Iterator[Finding]:
    if (settings.ocpp.ca.certificate is None) != (settings.ocpp.ca.key is None):
        yield document.finding(("ocpp", "ca"), "certificate and key go together; leave out both to have one made")
    encrypted = any(listen.tls is not None for listen in settings.ocpp.listen)
    for index, station in enumerate(settings.stations):
        if station.security_profile >= 2 and not encrypted:
            text = f"security profile {station.security_profile} needs a listener with tls in ocpp.listen"
            yield document.finding(("stations", index, "security_profile"), text)


def _ftp(document: Document, settings: Settings) -> Iterator[Finding]:
    files = settings.ocpp.files
    if files is not None and files.ftp_data_ports is not None and files.ftp_data_ports[0] > files.ftp_data_ports[1]:
        yield document.finding(("ocpp", "files", "ftp_data_ports"), "the first port is above the last")


def _upstream(document: Document, settings: Settings) -> Iterator[Finding]:
    upstream = settings.ocpp.upstream
    if upstream is None:
        return
    key: Key = ("ocpp", "upstream")
    where = urlsplit(upstream.url.replace("{station}", "S"))
    if where.scheme not in ("ws", "wss") or not where.hostname:
        yield document.finding((*key, "url"), "must be a URL such as wss://csms.example.com/ocpp/{station}")
    elif upstream.url.count("{station}") != 1:
        text = "needs {station} once, where the station's id goes, such as wss://csms.example.com/ocpp/{station}"
        yield document.finding((*key, "url"), text)
    elif where.username is not None or where.password is not None:
        yield document.finding((*key, "url"), "no password stands here; use password: {credential: NAME}")
    named = {station.id for station in settings.stations}
    if where.scheme == "ws":
        if upstream.password is not None or upstream.passwords:
            text = "ws:// shows the passwords to everybody on the way; use wss://, or leave them out"
            yield document.finding((*key, "url"), text)
        if upstream.tls is not None:
            yield document.finding((*key, "tls"), "goes with wss:// alone")
    for index, station in enumerate(upstream.stations or ()):
        if station not in named:
            text = f"there is no station {station!r}; {nearest(station, named)}"
            yield document.finding((*key, "stations", index), text)
    for station in upstream.passwords:
        if station not in named:
            text = f"there is no station {station!r}; {nearest(station, named)}"
            yield document.finding((*key, "passwords", station), text)
    if upstream.tls is not None and (upstream.tls.certificate is None) != (upstream.tls.key is None):
        yield document.finding((*key, "tls"), "certificate and key go together")


def warnings_about(document: Document, settings: Settings, tokens: Mapping[str, Token]) -> list[Finding]:
    """What the site can run without but its installer should know: missing files, parts of a later version."""
    return [
        document.finding(key, message, warning=True)
        for key, message in (
            *_missing_files(settings),
            *_missing_credentials(settings, document),
            *without_amperes(settings),
            *without_direction(settings),
            *unverified(settings),
            *_unmeasured(settings),
            *warnings_of_kiosk(settings, tokens),
            *_later(settings),
        )
    ]


def _missing_files(settings: Settings) -> Iterator[tuple[Key, str]]:
    named: list[tuple[Key, Path | str | None]] = [
        (("authorization", "tokens"), settings.authorization.tokens),
        (("web", "users"), settings.web.users),
    ]
    for index, listen in enumerate(settings.ocpp.listen):
        if listen.tls is not None:
            named += [
                (("ocpp", "listen", index, "tls", "certificate"), listen.tls.certificate),
                (("ocpp", "listen", index, "tls", "key"), listen.tls.key),
                (("ocpp", "listen", index, "tls", "client_ca"), listen.tls.client_ca),
            ]
            if listen.tls.second is not None:
                named += [
                    (("ocpp", "listen", index, "tls", "second", "certificate"), listen.tls.second.certificate),
                    (("ocpp", "listen", index, "tls", "second", "key"), listen.tls.second.key),
                ]
    ca = settings.ocpp.ca
    named += [(("ocpp", "ca", "certificate"), ca.certificate), (("ocpp", "ca", "key"), ca.key)]
    if settings.ocpp.upstream is not None and (there := settings.ocpp.upstream.tls) is not None:
        place = ("ocpp", "upstream", "tls")
        named += [
            ((*place, "ca"), there.ca),
            ((*place, "certificate"), there.certificate),
            ((*place, "key"), there.key),
        ]
    if (files := settings.ocpp.files) is not None:
        named.append((("ocpp", "files", "firmware_ca"), files.firmware_ca))
        if files.tls is not None:
            named += [
                (("ocpp", "files", "tls", "certificate"), files.tls.certificate),
                (("ocpp", "files", "tls", "key"), files.tls.key),
            ]
    contracts = settings.ocpp.contracts
    named += [(("ocpp", "contracts", "roots", index), path) for index, path in enumerate(contracts.roots)]
    named += [(("ocpp", "contracts", "authorities", index), path) for index, path in enumerate(contracts.authorities)]
    for index, meter in enumerate(settings.meters):
        if isinstance(meter.connection, SerialConnection):
            named.append((("meters", index, "connection", "serial"), meter.connection.serial))
    if settings.uplink.tls is not None:
        tls = settings.uplink.tls
        named += [
            (("uplink", "tls", "ca"), tls.ca),
            (("uplink", "tls", "certificate"), tls.certificate),
            (("uplink", "tls", "key"), tls.key),
        ]
    if settings.voice.enabled:
        voice = settings.voice
        named += [(("voice", "howto"), voice.howto), (("voice", "recordings"), voice.recordings)]
        if voice.recognizer is not None:
            named.append((("voice", "recognizer", "vosk"), voice.recognizer.vosk))
    if settings.web.kiosk is not None and settings.web.kiosk.reader is not None:
        named.append((("web", "kiosk", "reader", "serial"), settings.web.kiosk.reader.serial))
    for key, path in named:
        if path is not None and not os.path.exists(path):  # noqa: PTH110 (may be a device name)
            yield key, f"{path} does not exist"


def _missing_credentials(settings: Settings, document: Document) -> Iterator[tuple[Key, str]]:
    named: list[tuple[Key, str]] = [
        (("stations", index, "password"), station.password.credential)
        for index, station in enumerate(settings.stations)
        if station.password is not None
    ]
    if (upstream := settings.ocpp.upstream) is not None:
        if upstream.password is not None:
            named.append((("ocpp", "upstream", "password"), upstream.password.credential))
        named += [(("ocpp", "upstream", "passwords", id), each.credential) for id, each in upstream.passwords.items()]
    if settings.uplink.password is not None:
        named.append((("uplink", "password"), settings.uplink.password.credential))
    if settings.voice.enabled and settings.voice.gemini.api_key is not None:
        named.append((("voice", "gemini", "api_key"), settings.voice.gemini.api_key.credential))
    for key, name in named:
        if credential_path(name, Path(document.file)) is None:
            yield key, f"the credential {name} is not stored yet; looked in {searched(Path(document.file))}"


def _unmeasured(settings: Settings) -> Iterator[tuple[Key, str]]:
    """What rests on a meter at the supply, without one."""
    if any(meter.measures == "supply" for meter in settings.meters):
        return
    if settings.charging.solar_only:
        yield ("charging", "solar_only"), "no meter measures the supply, so no surplus is known and no car charges"
    if settings.supply is not None and settings.supply.demand_limit_w is not None:
        yield (
            ("supply", "demand_limit_w"),
            "no meter measures the supply, so the building counts at building_max_a all the time",
        )


def _later(settings: Settings) -> Iterator[tuple[Key, str]]:
    parts: list[tuple[Key, bool]] = [
        (("web", "users"), settings.web.users is not None),
        (("tracing",), settings.tracing is not None),
        (("secrets",), settings.secrets is not None),
    ]
    for key, used in parts:
        if used:
            yield key, "this part comes with a later version; it has no effect yet"
