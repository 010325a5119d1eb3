"""The command line: one function a command, no logic. What talks to a running hub goes through its control socket."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegw.voice.briefing import Briefing

GOOD, AGAIN, USAGE, USELESS = 0, 1, 2, 78

DEFAULT_FILE = "/etc/edgegw/edgegw.yaml"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. No traceback reaches an installer."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _command(words)
        sys.stdout.flush()
        return code
    except SystemExit as end:  # argparse has said what it had to say
        return end.code if isinstance(end.code, int) else GOOD
    except KeyboardInterrupt:
        return AGAIN
    except BrokenPipeError:
        # Whoever read our output has enough of it; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
    except Exception as error:
        if os.environ.get("EDGEGW_DEBUG"):
            raise
        kind = type(error).__name__
        _complain(f"internal error: {kind}: {error}; run again with EDGEGW_DEBUG=1 for the details")
        return AGAIN


def _command(words: list[str]) -> int:
    first = words[0] if words else ""
    if first in _PASSED_ON:
        return _PASSED_ON[first][0](words[1:])
    parser, names = _parser()
    if first and not first.startswith("-") and first not in names:
        close = get_close_matches(first, names, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        _complain(f"there is no command {first!r}; {hint}allowed: {', '.join(names)}")
        return USAGE
    options = parser.parse_args(words)
    command: Callable[[argparse.Namespace], int] = options.run
    return command(options)


def _complain(line: str) -> None:
    print(f"edgegw: {line}", file=sys.stderr)


def _run(options: argparse.Namespace) -> int:
    from edgegw.daemon.process import run

    return run(options.file)


def _check(options: argparse.Namespace) -> int:
    from edgegw.settings import Invalid, load

    path = options.path or options.file
    try:
        findings = load(path).warnings
        code = GOOD
    except Invalid as error:
        findings, code = error.findings, USELESS
    if options.json:
        print(json.dumps([{name: getattr(item, name) for name in item.__slots__} for item in findings]))
        return code
    for finding in findings:
        print(finding, file=sys.stderr if not finding.warning else sys.stdout)
    if code == GOOD:
        count = len(findings)
        warnings = f", {count} warning{'s' if count > 1 else ''}" if findings else ""
        print(f"{path}: good{warnings}")
    return code


def _schema(options: argparse.Namespace) -> int:
    if options.mqtt:
        from edgegw.uplink.contract import asyncapi as document
    else:
        from edgegw.settings.schemas import settings as document

    print(json.dumps(document(), indent=2, ensure_ascii=False))
    return GOOD


def _reload(options: argparse.Namespace) -> int:
    from edgegw.daemon import control

    return control.reload(options.file, as_json=options.json)


def _version(options: argparse.Namespace) -> int:
    from edgegw import __version__

    print(f"edgegw {__version__}")
    return GOOD


def _demo(words: list[str]) -> int:
    from edgegw.simulate.demo import main as demo

    return demo(words)


def _simulate(words: list[str]) -> int:
    from edgegw.simulate.cli import main as simulate

    return simulate(words)


def _ingest(words: list[str]) -> int:
    from edgegw.cloud.ingest import main as ingest

    return ingest(words)


def _cloud(words: list[str]) -> int:
    from edgegw.cloud.cli import main as cloud

    return cloud(words)


def _voice(words: list[str]) -> int:
    from edgegw.voice.cli import main as voice

    return voice(words, _default_file(), _briefing)


def _briefing(path: Path) -> Briefing:
    """What concerns EVA of the installer's file, which her own process may not read."""
    from edgegw.daemon.keyring import Keyring
    from edgegw.daemon.log import set_up_log
    from edgegw.settings import Invalid, load
    from edgegw.settings.credentials import MissingCredential
    from edgegw.voice.briefing import Briefing, NoBriefing

    try:
        settings = load(path).settings
    except Invalid as error:
        raise NoBriefing([str(finding) for finding in error.findings]) from None
    set_up_log(settings.log.level)
    wanted, keyring = settings.voice.gemini.api_key, Keyring(path)
    keyring.take_up(settings)

    def key() -> str | None:
        try:
            return keyring.credentials.secret(wanted) if wanted is not None else None
        except MissingCredential as missing:
            logging.getLogger("edgegw.voice").warning("%s", missing)
            return None

    site = settings.site
    return Briefing(settings.voice, settings.web.voice_socket, site.locale, site.timezone, key)


def _drivers(words: list[str]) -> int:
    from edgegw.meters.cli import main as drivers
    from edgegw.stations.quirkfiles import StationDrivers

    return drivers(words, StationDrivers())


def _meters(words: list[str]) -> int:
    from edgegw.meters.scan_cli import main as meters

    return meters(words)


def _stations(words: list[str]) -> int:
    from edgegw.daemon.stations_cli import stations

    return stations(words, _default_file())


def _kiosk(words: list[str]) -> int:
    from edgegw.daemon.kiosk_cli import kiosk

    return kiosk(words, _default_file())


def _init(words: list[str]) -> int:
    from edgegw.daemon.init.command import init

    return init(words, _default_file())


def _doctor(words: list[str]) -> int:
    from edgegw.daemon.doctor.command import doctor

    return doctor(words, _default_file())


def _credential(words: list[str]) -> int:
    from edgegw.daemon.credentials_cli import credential

    return credential(words, _default_file())


def _support_bundle(words: list[str]) -> int:
    from edgegw.daemon.bundle import support_bundle

    return support_bundle(words, _default_file())


def _harden(words: list[str]) -> int:
    from edgegw.daemon.harden import harden

    return harden(words, _default_file())


def _journal(words: list[str]) -> int:
    from edgegw.daemon.ledger import journal

    return journal(words, _default_file())


def _files(words: list[str]) -> int:
    from edgegw.daemon.files_cli import files

    return files(words, _default_file())


def _erase(words: list[str]) -> int:
    from edgegw.daemon.ledger import erase_personal_data

    return erase_personal_data(words, _default_file())


_PASSED_ON: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "stations": (_stations, "list stations, accept one, call one, or listen to one"),
    "demo": (_demo, "a whole site in one terminal"),
    "simulate": (_simulate, "virtual stations, meters, sites, and a live model"),
    "ingest": (_ingest, "the cloud's end: MQTT to a database"),
    "cloud": (_cloud, "send a site a command, from the cloud's side"),
    "drivers": (_drivers, "list and check drivers of meters and stations, try a meter"),
    "meters": (_meters, "find the meters on a bus or behind an address"),
    "voice": (_voice, "EVA, the voice at the kiosk"),
    "files": (_files, "firmware for stations, and what they sent"),
    "kiosk": (_kiosk, "pair a browser as the kiosk's screen, list or take out paired ones"),
    "journal": (_journal, "look into the ledger, prove it, copy it"),
    "init": (_init, "make the configuration of a new site"),
    "doctor": (_doctor, "say what is wrong with the site, and what mends it"),
    "credential": (_credential, "store secrets, seal them, see which are wanted"),
    "support-bundle": (_support_bundle, "gather what somebody far away needs to see, without secrets"),
    "harden": (_harden, "keep the gateway inside the site's network"),
    "erase-personal-data": (_erase, "erase what the ledger holds about a person"),
}
"""Commands that read their own arguments."""


def _default_file() -> Path:
    return Path(os.environ.get("EDGEGW_CONFIG") or DEFAULT_FILE)


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser, and the names of all commands."""
    common = argparse.ArgumentParser(add_help=False)
    default = _default_file()
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=default, help=f"the configuration (default: {default})"
    )
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="for scripts")
    parser = argparse.ArgumentParser(
        prog="edgegw",
        description="Gateway of an EV charging hub: stations, meters, load, ledger, cloud.",
        epilog="Exit codes: 0 good; 1 failed, another try may help; 2 usage; 78 another try won't help.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        group: argparse._SubParsersAction[argparse.ArgumentParser],
        name: str,
        run: Callable[[argparse.Namespace], int],
        text: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:
        command = group.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[*parents])
        command.set_defaults(run=run)
        return command

    add(commands, "run", _run, "run the gateway", common)
    check = add(
        commands, "check", _check, "say whether a configuration is right, with every error at once", common, as_json
    )
    check.add_argument("path", nargs="?", type=Path, metavar="FILE", help="instead of -c")
    schema = add(commands, "schema", _schema, "print the JSON Schema of the configuration, for editors")
    schema.add_argument("--mqtt", action="store_true", help="what goes over MQTT instead, as AsyncAPI 3.0")
    text = "have the running gateway read its configuration again, and wait for the result"
    add(commands, "reload", _reload, text, common, as_json)

    add(commands, "version", _version, "print the version")
    for name, (_, text) in _PASSED_ON.items():
        commands.add_parser(name, help=text, add_help=False)
    return parser, sorted(commands.choices)
