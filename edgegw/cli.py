"""The command line: one function a command, no logic. What talks to a running hub goes through its control socket."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

GOOD, AGAIN, USAGE, USELESS = 0, 1, 2, 78

DEFAULT_FILE = "/etc/edgegw/edgegw.yaml"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. No traceback reaches an installer."""
    words = list(sys.argv[1:] if argv is None else argv)
    passed_on = _PASSED_ON.get(words[0]) if words else None
    try:
        if passed_on is not None:
            return passed_on(words[1:])
        options = _parser().parse_args(words)
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except KeyboardInterrupt:
        return AGAIN
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
    except Exception as error:
        if os.environ.get("EDGEGW_DEBUG"):
            raise
        kind = type(error).__name__
        print(
            f"edgegw: internal error: {kind}: {error}; run again with EDGEGW_DEBUG=1 for the details", file=sys.stderr
        )
        return AGAIN


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
        warnings = f", {len(findings)} warnings" if findings else ""
        print(f"{path}: good{warnings}")
    return code


def _schema(options: argparse.Namespace) -> int:
    from edgegw.settings import schemas

    print(json.dumps(schemas.facts() if options.mqtt else schemas.settings(), indent=2, ensure_ascii=False))
    return GOOD


def _reload(options: argparse.Namespace) -> int:
    from edgegw.control import reload

    return reload(options.file, as_json=options.json)


def _stations(options: argparse.Namespace) -> int:
    from edgegw import control

    if options.what == "list":
        return control.stations(options.file, as_json=options.json)
    if options.what == "accept":
        return control.accept(options.file, options.station)
    return control.call(options.file, options.station, options.action, options.payload, force=options.force)


def _journal(options: argparse.Namespace) -> int:
    from edgegw.journal.inspect import inspect

    return inspect(options.what, options.file, options.id, as_json=options.json)


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


def _drivers(words: list[str]) -> int:
    from edgegw.meters.cli import main as drivers

    return drivers(words)


_PASSED_ON: dict[str, Callable[[list[str]], int]] = {
    "demo": _demo,
    "simulate": _simulate,
    "ingest": _ingest,
    "drivers": _drivers,
}
"""Commands that read their own arguments."""


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    default = Path(os.environ.get("EDGEGW_CONFIG", DEFAULT_FILE))
    common.add_argument("-c", dest="file", metavar="FILE", type=Path, default=default, help=f"default: {default}")
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="for scripts")
    parser = argparse.ArgumentParser(
        prog="edgegw", description="Gateway of an EV charging hub: stations, meters, load, ledger, cloud."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        name: str, run: Callable[[argparse.Namespace], int], text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, parents=[common, *parents])
        command.set_defaults(command=run)
        return command

    add("run", _run, "run the gateway")
    check = add("check", _check, "say whether a configuration is right, every error at once", as_json)
    check.add_argument("path", nargs="?", type=Path, metavar="FILE")
    schema = add("schema", _schema, "print the JSON Schema of the configuration, for editors")
    schema.add_argument("--mqtt", action="store_true", help="of the facts on stream A instead")
    add("reload", _reload, "have the running gateway read its configuration again, and wait for the result", as_json)
    stations = add("stations", _stations, "list stations, accept one, or call one", as_json)
    what = stations.add_subparsers(dest="what", metavar="list | accept | call", required=True)
    what.add_parser("list", help="all stations")
    accept = what.add_parser("accept", help="let a station in that waits")
    accept.add_argument("station")
    call = what.add_parser("call", help="send any OCPP CALL and print the answer")
    call.add_argument("station")
    call.add_argument("action", help="such as Reset")
    call.add_argument("payload", nargs="*", help="key=value, or one JSON object")
    call.add_argument("--force", action="store_true", help="also what works against load management")
    journal = add("journal", _journal, "look into the ledger: show [ID], verify, stats", as_json)
    journal.add_argument("what", choices=["show", "verify", "stats"])
    journal.add_argument("id", nargs="?", help="a transaction, for show")
    add("version", _version, "print the version")
    for name, text in (
        ("demo", "a whole site in one terminal"),
        ("simulate", "virtual stations, meters and sites"),
        ("ingest", "the cloud's end: MQTT to a database"),
        ("drivers", "list, check and try meter drivers"),
    ):
        commands.add_parser(name, help=text, add_help=False)
    return parser
