"""What an installer should know of a file, though it is no error."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from edgegw.meters.settings import SerialConnection
from edgegw.model.site import Token
from edgegw.settings.checks import path_of
from edgegw.settings.credentials import VAULT, is_stored, searched
from edgegw.settings.document import Document, Key
from edgegw.settings.drivers import unverified, without_amperes, without_direction
from edgegw.settings.findings import Finding
from edgegw.settings.kiosk import warnings_of_kiosk
from edgegw.settings.schema import Settings


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
            *_unseen_phases(settings),
            *warnings_of_kiosk(settings, tokens),
            *_libraries(settings),
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
    vault = settings.secrets.vault if settings.secrets is not None else None
    if vault is not None and vault.approle is not None:
        named.append((("secrets", "vault", "approle"), vault.approle.secret_id.credential))
    elif vault is not None:
        named.append((("secrets", "vault", "token"), vault.token.credential))
    for key, name in named:
        if name.startswith(VAULT) and vault is None:
            yield key, f"the credential {name} is to come from Vault, and secrets.vault is not set"
        elif not is_stored(name, Path(document.file)):
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


def _unseen_phases(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Where phases that are written down wrong overload a breaker and no meter shows it. EVSEs whose phases are to be
    learned count on all of them, so they are no matter here."""
    supply = settings.supply
    if supply is None or supply.phases == 1:
        return
    measured = {meter.measures.removeprefix("circuit:").replace("supply", "main") for meter in settings.meters}
    breakers: list[tuple[Key, str, float]] = [(("supply",), "main", supply.limit_a - supply.building_max_a)]
    breakers += [(("supply", "circuits", n), each.id, each.limit_a) for n, each in enumerate(supply.circuits)]
    for key, circuit, room_a in breakers:
        below = [
            (station.id, sum(evse.max_a for evse in station.evses if evse.phases != "auto"))
            for station in settings.stations
            if circuit in (*path_of(settings, station.circuit), "main")
        ]
        if circuit in measured or sum(max_a for _, max_a in below) <= room_a:
            continue
        above = next((each for each in (*path_of(settings, circuit), "main") if each in measured), None)
        names = ", ".join(station for station, max_a in below[:3] if max_a) + (" …" if len(below) > 3 else "")
        where = "the supply" if circuit == "main" else circuit
        if above is None:
            higher = "" if circuit == "main" else " or what is above it"
            text = f"no meter measures {where}{higher}: phases that are wrong in the file can't be noticed"
        else:
            text = f"no meter measures {where}: phases that are wrong in the file overload its breaker unseen, until "
            text += f"the meter of {'the supply' if above == 'main' else above} has shown them"
        yield key, f"{text}; look at each station below it ({names}) with a car on one phase, or write `phases: auto`"


def _libraries(settings: Settings) -> Iterator[tuple[Key, str]]:
    if settings.tracing is not None and find_spec("opentelemetry") is None:
        yield ("tracing",), "there will be no traces: a library is missing (pip install 'edgegw[otel]')"


def _later(settings: Settings) -> Iterator[tuple[Key, str]]:
    parts: list[tuple[Key, bool]] = [
        (("web", "users"), settings.web.users is not None),
    ]
    for key, used in parts:
        if used:
            yield key, "this part comes with a later version; it has no effect yet"
