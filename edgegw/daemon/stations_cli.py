"""`edgegw stations ...`: what an installer does with stations, through the control socket of a running gateway.

A verb is a row of `VERBS`: what it is for, the words that may follow it, and the function that does it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegw.daemon import stations_shown, stations_told, trace_cli


@dataclass(frozen=True, slots=True)
class Verb:
    """`run` does it, with its words, and returns the exit code; `words` adds what may follow to its parser."""

    text: str
    run: Callable[[argparse.Namespace], int]
    words: Callable[[argparse.ArgumentParser], None] = lambda parser: None


def stations(words: Sequence[str], file: Path) -> int:
    """`edgegw stations ...`; the exit code. `file` is the configuration unless -c names another."""
    options = _parser(file).parse_args(words)
    verb: Verb = options.verb
    return verb.run(options)


def _parser(file: Path) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    common.add_argument("--json", action="store_true", help="for scripts")
    text = "List stations, accept one, set what rules for one, call one, or listen to one."
    parser = argparse.ArgumentParser(prog="edgegw stations", description=text)
    verbs = parser.add_subparsers(metavar=" | ".join(VERBS), required=True)
    for name, verb in VERBS.items():
        text = f"{verb.text[0].upper()}{verb.text[1:]}."
        child = verbs.add_parser(name, help=verb.text, description=text, parents=[common])
        child.set_defaults(verb=verb)
        verb.words(child)
    return parser


def _list(options: argparse.Namespace) -> int:
    return stations_shown.stations(options.file, as_json=options.json)


def _station(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("station")


def _accept(options: argparse.Namespace) -> int:
    return stations_told.accept(options.file, options.station, as_json=options.json)


def _call_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("station")
    parser.add_argument("action", help="such as Reset")
    parser.add_argument("payload", nargs="*", help="key=value ..., or one JSON object")
    parser.add_argument("--force", action="store_true", help="also what works against load management or billing")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="default: 30")


def _call(options: argparse.Namespace) -> int:
    return stations_told.call(
        options.file,
        options.station,
        options.action,
        options.payload,
        force=options.force,
        timeout_s=options.timeout,
        as_json=options.json,
    )


def _set_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("station")
    parser.add_argument("--boot", choices=("accepted", "pending", "rejected"), help="the answer to its boot")
    parser.add_argument("--security-profile", type=int, choices=range(4), help="at least this one from now on")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="holds its password; - is standard input")
    parser.add_argument("--as-configured", action="store_true", help="take back what was said before")


def _set(options: argparse.Namespace) -> int:
    return stations_told.set_station(
        options.file,
        options.station,
        boot=options.boot,
        security_profile=options.security_profile,
        password_file=options.password_file,
        as_configured=options.as_configured,
        as_json=options.json,
    )


def _knocks(options: argparse.Namespace) -> int:
    return stations_shown.knocks(options.file, as_json=options.json)


def _quirks_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("station")
    parser.add_argument("--forget", metavar="NAME", help="take back what was learned")


def _quirks(options: argparse.Namespace) -> int:
    return stations_shown.quirks(options.file, options.station, forget=options.forget, as_json=options.json)


def _learn_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("station")
    parser.add_argument("--evse", type=int, metavar="N", help="which of its EVSEs; the one where a car charges")


def _learn_phases(options: argparse.Namespace) -> int:
    return stations_told.learn_phases(options.file, options.station, options.evse, as_json=options.json)


VERBS: Final[Mapping[str, Verb]] = {
    "list": Verb("list all stations", _list),
    "accept": Verb("let a station in that waits", _accept, _station),
    "call": Verb("send any OCPP CALL and print the answer", _call, _call_words),
    "set": Verb("say what rules for a station in place of the file", _set, _set_words),
    "trace": Verb("show what is said with a station, as it is said", trace_cli.trace, trace_cli.words),
    "learn-phases": Verb("learn an EVSE's phases with a car that charges there", _learn_phases, _learn_words),
    "quirks": Verb("show all about a station, or forget a quirk that was learned", _quirks, _quirks_words),
    "knocks": Verb("show who was not let in, and why", _knocks),
}
