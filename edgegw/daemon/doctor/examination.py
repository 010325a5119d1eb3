"""All of it together: gather what can be had, and check it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from edgegw.daemon.control import Gateway
from edgegw.daemon.doctor import certificates, checks, hub, machine, neighbours
from edgegw.daemon.doctor.values import LEVELS, Finding
from edgegw.daemon.doctor.values import Hub as HubSays
from edgegw.settings import Invalid, Loaded, load
from edgegw.settings.credentials import place
from edgegw.settings.named import named
from edgegw.settings.peek import control_socket


def examine(file: Path) -> list[Finding]:
    """Everything that is wrong with the site of this configuration, the gravest first."""
    loaded: Loaded | None = None
    try:
        loaded = load(file)
        findings = list(checks.of_file(loaded.warnings))
    except Invalid as error:
        findings = list(checks.of_file(error.findings))
    try:
        path = control_socket(file)
    except Invalid:  # nothing in the file says where the gateway listens
        return _in_order([*findings, *_of_machine(None, file, None)])
    gateway = Gateway(path)
    says = hub.asked(gateway, path)
    findings += checks.of_hub(says)
    findings += checks.of_stations(says)
    findings += _of_machine(loaded, file, hub.process_of(path))
    if loaded is not None:
        findings += _of_neighbours(loaded, file, says, gateway)
    elif says.fault is None:
        findings += [*checks.of_meters(hub.meters(says, {})), *checks.of_broker(hub.broker(says, gateway))]
    return _in_order(_once(findings))


def _once(findings: list[Finding]) -> list[Finding]:
    """Without the warnings about a file that another finding is about."""
    looked_at = {each.subject.rpartition(".")[0] for each in findings if each.kind != "file_warning"} - {""}
    return [
        each for each in findings if each.kind != "file_warning" or each.subject.rpartition(".")[0] not in looked_at
    ]


def _of_machine(loaded: Loaded | None, file: Path, pid: int | None) -> Iterator[Finding]:
    clock = machine.clock()
    yield from checks.of_network(machine.carriers())
    yield from checks.of_clock(clock)
    if loaded is None:
        return
    settings = loaded.settings
    ports = machine.ports(settings, tried=pid is None)
    yield from checks.of_listeners(ports)
    yield from checks.of_passed_sockets(machine.passed_sockets(), ports)
    yield from checks.of_disk(machine.disk(settings))
    voiceless = () if settings.voice.enabled else ("voice.",)
    missing = [
        (key, wanted.credential)
        for key, wanted in named(settings)
        if not key.startswith(voiceless) and not place(wanted.credential, file)
    ]
    yield from checks.of_credentials(missing)
    yield from checks.of_serial_ports(machine.serial_ports(settings, machine.Account(pid)))
    believed = clock.now >= clock.built
    yield from checks.of_certificates(certificates.certificates(settings), clock.now, believed=believed)


def _of_neighbours(loaded: Loaded, file: Path, says: HubSays, gateway: Gateway) -> Iterator[Finding]:
    settings = loaded.settings
    if says.fault is None:
        commands = {meter.id: neighbours.read_by_hand(meter) for meter in settings.meters}
        yield from checks.of_meters(hub.meters(says, commands))
        yield from checks.of_broker(hub.broker(says, gateway))
    elif not says.denied:  # a gateway that we may not ask has the lines, and the broker knows it by the same name
        yield from checks.of_meters(asyncio.run(neighbours.meters(settings)))
        yield from checks.of_broker(asyncio.run(neighbours.broker(settings, file)))
    yield from checks.of_vault(neighbours.vault(settings, file))
    yield from checks.of_voice(neighbours.voice(settings, file))


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: LEVELS.index(each.level))
