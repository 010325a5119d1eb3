"""Meters and broker asked directly, for a machine on which no gateway runs; and EVA's own check of herself."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edgegw.daemon.account import BrokerAccount
from edgegw.daemon.doctor.values import Broker, MeterRead, VoicePart
from edgegw.daemon.keyring import Keyring
from edgegw.daemon.program import again
from edgegw.meters.drivers import DriverCatalogue, DriverError
from edgegw.meters.errors import LineDown
from edgegw.meters.line import Line, line_of
from edgegw.meters.modbus import ModbusTransport
from edgegw.meters.settings import MeterSettings, SerialConnection
from edgegw.meters.trial import find_fault, open_bus
from edgegw.mqtt import MQTT_5, MQTT_311, ConnectFailed, Endpoint, Link, MqttError, endpoint
from edgegw.mqtt.reasons import UNSUPPORTED_PROTOCOL
from edgegw.settings import Settings
from edgegw.settings.credentials import VAULT, MissingCredential
from edgegw.settings.named import credentials_of
from edgegw.uplink.topics import Topics

CONNECT_S: Final = 10.0
VOICE_S: Final = 120.0
"""EVA plays, records and asks a model."""


async def meters(settings: Settings) -> list[MeterRead]:
    """A read of each meter; those of one line one after the other, as a line has one speaker at a time."""
    catalogue = DriverCatalogue()
    by_place: dict[str, list[tuple[MeterSettings, Line]]] = {}
    found = []
    for meter in settings.meters:
        try:
            driver = catalogue.get(meter.driver)
        except DriverError as error:
            found.append(MeterRead(meter.id, str(error), "edgegw drivers list"))
            continue
        line = line_of(meter, driver)
        by_place.setdefault(line.place, []).append((meter, line))
    for reads in await asyncio.gather(*(_on_line(each, catalogue) for each in by_place.values())):
        found += reads
    return found


def read_by_hand(meter: MeterSettings) -> str:
    """The command that reads it, and says more than a finding can."""
    there = meter.connection
    given: dict[str, object]
    if isinstance(there, SerialConnection):
        given = {"serial": there.serial, "baud": there.baud, "parity": there.parity, "stop-bits": there.stop_bits}
    else:
        given = {"host": there.host, "port": there.port, "framing": there.framing}
    words = [f"--{name} {value}" for name, value in (given | {"unit": meter.unit}).items() if value is not None]
    return f"edgegw drivers read {meter.driver} {' '.join(words)}"


async def _on_line(meters: Iterable[tuple[MeterSettings, Line]], catalogue: DriverCatalogue) -> list[MeterRead]:
    found = []
    for meter, line in meters:
        try:
            async with open_bus(line, ModbusTransport) as bus:
                fault = await find_fault(bus, catalogue.get(meter.driver), meter.unit)
        except LineDown as error:
            fault = str(error)
        found.append(MeterRead(meter.id, fault, read_by_hand(meter)))
    return found


async def broker(settings: Settings, file: Path) -> Broker | None:
    """A connection to the first broker that takes us, with the account of the file and the filter of the cloud's
    confirmations. No fact is sent: without a gateway there is none to confirm."""
    uplink = settings.uplink
    if not uplink.brokers:
        return None
    troubles = []
    for url in uplink.brokers:
        try:
            await _connected(endpoint(url), settings, file)
        except (MqttError, OSError, ValueError) as error:
            troubles.append(str(error) or "no answer")
        else:
            return Broker(url, None)
    return Broker(uplink.brokers[0], "; ".join(troubles))


async def _connected(where: Endpoint, settings: Settings, file: Path) -> None:
    keyring = Keyring(file)
    keyring.take_up(settings)
    account = BrokerAccount(settings, keyring.credentials)
    protocol = MQTT_5
    async with asyncio.timeout(CONNECT_S):
        link = Link(where, await asyncio.to_thread(account), None, protocol)
        try:
            await link.open()
        except ConnectFailed as error:
            if error.code != UNSUPPORTED_PROTOCOL and not (error.code is None and "closed" in str(error)):
                raise
            link = Link(where, await asyncio.to_thread(account), None, MQTT_311)
            await link.open()
        try:
            await link.subscribe(Topics(settings.site.id, settings.uplink.root).acknowledgements)
        finally:
            await link.close()


def vault(settings: Settings, file: Path) -> str | None:
    """Why a secret that the file wants of Vault can't be had, None when all can; they are asked for and dropped."""
    keyring = Keyring(file)
    keyring.take_up(settings)
    for wanted in credentials_of(settings):
        if wanted.credential.startswith(VAULT):
            try:
                keyring.credentials.secret(wanted)
            except MissingCredential as error:
                return str(error)
    return None


def is_installed() -> bool:
    """Whether the voice's command is here."""
    return importlib.util.find_spec("edgegw.voice.cli") is not None


def voice(settings: Settings, file: Path) -> list[VoicePart]:
    """`edgegw voice --check`, where EVA is asked for and installed; her process, as a crash of PortAudio is hers."""
    if not settings.voice.enabled or not is_installed():
        return []
    words = again("voice", "--check", "--json", "-c", str(file))
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=VOICE_S, check=False)  # noqa: S603
        return [VoicePart(each["part"], each["good"], each["text"]) for each in json.loads(done.stdout)]
    except subprocess.TimeoutExpired:
        return [VoicePart("check", False, f"it did not end within {VOICE_S:.0f} s")]
    except (OSError, ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return [VoicePart("check", False, last.removeprefix("edgegw: "))]
