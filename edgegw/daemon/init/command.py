"""`edgegw init`: ask, look, write, and say what the hub needs next."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edgegw.daemon.control import FAILED, GOOD, USAGE, USELESS, Gateway, complain, printable, say
from edgegw.daemon.init import looking
from edgegw.daemon.init.answers import Answers, Supply, read_answers, site_id, time_zone
from edgegw.daemon.init.writing import configuration
from edgegw.journal.durable import replace
from edgegw.meters.drivers import DriverError
from edgegw.settings import Invalid, Settings, load
from edgegw.settings.findings import wording
from edgegw.settings.named import named
from edgegw.settings.peek import control_socket
from edgegw.web.settings import WebSettings

LISTEN_S = 30.0


class _Given(Exception):
    """The person at the terminal has ended it."""


def init(words: Sequence[str], file: Path) -> int:
    """`edgegw init ...`; the exit code. `file` is the configuration unless -c names another."""
    options = _parser(file).parse_args(words)
    target: Path = options.file
    asks = options.answers is None
    if asks and not sys.stdin.isatty():
        complain("there is no terminal to ask at: give --answers FILE (an empty one takes all defaults)")
        return USAGE
    try:
        if not _may_write(target, asks=asks, force=options.force):
            return FAILED
        answers = _asked() if asks else read_answers(options.answers)
        stations = _stations(answers, target)
        found = asyncio.run(_meters(answers)) if answers.meters is None else []
        return _write(target, configuration(answers, stations, found))
    except Invalid as error:
        complain(*(str(finding) for finding in error.findings))
        return USELESS
    except (OSError, DriverError) as error:
        complain(f"{getattr(error, 'filename', None) or target}: {getattr(error, 'strerror', None) or error}")
        return FAILED
    except (_Given, KeyboardInterrupt, EOFError):
        say("")
        complain("nothing was written")
        return FAILED


def _parser(file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw init",
        description="Make the configuration of a new site: ask, and find adapters, meters and stations.",
    )
    parser.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"what to write (default: {file})"
    )
    parser.add_argument("--answers", metavar="FILE", type=Path, help="YAML with the answers, instead of asking")
    parser.add_argument("--force", action="store_true", help="write over a configuration, which is kept as FILE.old")
    return parser


def _may_write(target: Path, *, asks: bool, force: bool) -> bool:
    if not target.exists() or force:
        return True
    if asks and _ask(f"{target} is there. Write over it (it is kept as {target.name}.old)? yes or no", "no") == "yes":
        return True
    complain(f"{target} is there and stays as it is" + ("" if asks else "; --force writes over it"))
    return False


# Asking


def _ask(question: str, default: str, check: Callable[[str], Any] = str) -> Any:
    """What is answered, as `check` makes it; asked again while it raises ValueError, whose text is shown."""
    while True:
        answer = input(f"{question} [{default}]: ").strip() or default
        try:
            return check(answer)
        except ValueError as error:
            say(f"  {error}")


def _asked() -> Answers:
    host = site_id(socket.gethostname())
    given: dict[str, Any] = {
        "id": _ask("Site id, for the cloud (a-z, 0-9, -)", host, _checked("id")),
        "name": _ask("What people call it", "-", lambda text: None if text == "-" else text),
        "timezone": _ask("Time zone", time_zone(), _checked("timezone")),
        "locale": _ask("Language of page and voice: pt-BR, en, es", "pt-BR", _checked("locale")),
        "currency": _ask("Currency", "BRL", _checked("currency")),
        "energy_kwh": _ask("Price of a kWh, - for none", "-", _checked("energy_kwh")),
        "port": _ask("Port where stations connect", "9000", _checked("port", int)),
        "max_a": _ask("Most amperes of an EVSE", "32", _checked("max_a", float)),
    }
    limit_a = _ask("Main breaker, amperes per phase, - to share nothing", "-", _number)
    if limit_a is not None:
        given["supply"] = Supply(
            limit_a=limit_a,
            phases=_ask("Phases of the connection: 1 or 3", "3", _phases),
            voltage_v=_ask("Volts, phase to neutral", "127" if given["locale"] == "pt-BR" else "230", float),
            building_max_a=_ask("Most that the building draws without the stations, amperes per phase", "0", float),
        )
    hosts = _ask("Meters on the network: HOST or HOST:PORT, with commas, - for none", "-")
    given["hosts"] = [] if hosts == "-" else [host.strip() for host in hosts.split(",") if host.strip()]
    given["broker"] = _ask("MQTT broker of the cloud, such as mqtts://host:8883, - for none", "-", _checked("broker"))
    if given["broker"] is not None:
        username = _ask("Our name there, - for none", "-")
        given["username"] = None if username == "-" else username
    named_ = _ask("Stations' identities, with commas, - to wait for those that knock", "-")
    if named_ == "-":
        given["listen_for"] = f"{_ask('Seconds to wait for stations that knock', f'{LISTEN_S:.0f}', float):g}s"
    else:
        given["stations"] = [each.strip() for each in named_.split(",") if each.strip()]
    return Answers(**given)


def _checked(name: str, kind: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """A check by the model's own rule; `-` is nothing where that is allowed."""

    def check(text: str) -> Any:
        if text == "-" and Answers.model_fields[name].default is None:
            return None
        try:
            return getattr(Answers(**{name: kind(text)}), name)
        except ValidationError as error:
            raise ValueError(wording(dict(error.errors(include_url=False)[0]), text)) from error

    return check


def _number(text: str) -> float | None:
    return None if text == "-" else float(text)


def _phases(text: str) -> int:
    if text not in ("1", "3"):
        raise ValueError("1 or 3")
    return int(text)


# Looking


def _stations(answers: Answers, target: Path) -> list[str]:
    if answers.stations is not None:
        return list(dict.fromkeys(answers.stations))
    try:
        control = control_socket(target)
    except Invalid:
        control = WebSettings().control
    known = looking.known_to(Gateway(control))
    if known is not None:
        say(f"stations that the running gateway sees: {', '.join(known) or 'none'}")
        return known
    if not answers.listen_for:
        return []
    say(f"waiting {answers.listen_for:g} s for stations at port {answers.port} ...")
    try:
        return asyncio.run(looking.knocking(answers.port, answers.listen_for, lambda line: say(printable(line))))
    except OSError as error:
        say(f"  port {answers.port} can't be had ({error.strerror or error}), so no station could knock")
        return []


async def _meters(answers: Answers) -> list[Any]:
    places = looking.adapters() if answers.serial is None else answers.serial
    if not places and not answers.hosts:
        return []
    say(f"looking for meters at {', '.join([*places, *answers.hosts])}; this may take some minutes ...")
    return await looking.meters(places, answers.hosts, say)


# Writing


def _write(target: Path, text: str) -> int:
    """Put it in place if `check` takes it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    trial = target.with_name(f".{target.name}.{os.getpid()}.trial")
    try:
        trial.write_text(text, encoding="utf-8")
        loaded = load(trial)
    except Invalid as error:
        complain(*(str(each).replace(str(trial), str(target)) for each in error.findings), "so nothing was written:")
        sys.stderr.write(text)
        return USELESS
    finally:
        trial.unlink(missing_ok=True)
    if target.exists():
        target.replace(target.with_name(f"{target.name}.old"))
    replace(target, text.encode(), 0o644)
    say(f"{target}: written")
    for warning in loaded.warnings:
        if "credential" not in warning.message:
            say(f"  to know: {warning.key}: {warning.message}")
    _say_next(target, loaded.settings)
    return GOOD


def _say_next(target: Path, settings: Settings) -> None:
    say("")
    say("next:")
    step = 0

    def tell(line: str) -> None:
        nonlocal step
        step += 1
        say(f"  {step}. {line}")

    for name in dict.fromkeys(
        wanted.credential for key, wanted in named(settings) if not key.startswith(("voice.", "secrets."))
    ):
        tell(f"its secret: sudo edgegw credential set {name}")
    tell("start it, now and at each boot: sudo systemctl enable --now edgegw")
    port = settings.ocpp.listen[0].port
    tell(f"at each station: ws://{_own_address()}:{port}/ocpp/, OCPP-J; its identity is the last part")
    if not settings.stations:
        tell("let them in as they come: edgegw stations list, edgegw stations accept ID")
    if settings.supply is None:
        tell(f"nothing is shared yet: write supply (the main breaker) into {target}")
    elif not any(meter.measures == "supply" for meter in settings.meters):
        tell("no meter measures the supply, so the building counts at building_max_a: edgegw meters scan --help")
    if not settings.uplink.brokers:
        tell(f"no cloud hears of it yet: write uplink into {target}")
    tell("see that all is well: sudo edgegw doctor")
    tell("the page, whole: ssh -L 8080:/run/edgegw/control.sock THIS-MACHINE, then http://localhost:8080")


def _own_address() -> str:
    """The address that others reach this machine by, as far as it can tell without asking anybody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # documentation addresses; a datagram socket sends nothing by this
            return str(asking.getsockname()[0])
        except OSError:
            return socket.gethostname()
