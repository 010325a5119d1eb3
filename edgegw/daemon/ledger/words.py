"""The words that may follow `edgegw journal` and `edgegw erase-personal-data`, and what a time among them means."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from edgegw.settings.peek import site_text


class Senseless(Exception):
    """A word of the command line makes no sense."""


def of_journal(words: Sequence[str], file: Path) -> argparse.Namespace:
    """What follows `edgegw journal`: its `verb`, and what that takes. `file` is the configuration unless -c names
    another. Ends the process with usage when it makes no sense."""
    parser = _journal_parser(file)
    options = parser.parse_args(words)
    if options.verb == "show" and len(options.words) > (2 if options.words[:1] == ["tx"] else 1):
        parser.error("show takes a transaction's id, or tx and its id")
    return options


def of_erasing(words: Sequence[str], file: Path) -> argparse.Namespace:
    """What follows `edgegw erase-personal-data`, likewise."""
    return _erase_parser(file).parse_args(words)


def moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A day, which begins by the site's calendar, or a time with its zone. Raises Senseless."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Senseless(f"{text!r} is no time; allowed: 2026-01-31, or 2026-01-31T18:00:00Z") from None
    if at.tzinfo is not None:
        return at
    if at.time() != time(0) or "T" in text or " " in text:
        raise Senseless(f"{text!r} needs its zone, such as {text}Z")
    return at.replace(tzinfo=zone)


def zone_of(file: Path) -> ZoneInfo:
    """The site's time zone. Raises Senseless when its file names none that is known."""
    name = site_text(file, "timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        raise Senseless(f"{file}: site.timezone {name!r} is not known") from None


def _journal_parser(file: Path) -> argparse.ArgumentParser:
    common = _common(file)
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="for scripts")
    parser = argparse.ArgumentParser(prog="edgegw journal", description="Look into the ledger, prove it, copy it.")
    verbs = parser.add_subparsers(
        metavar="show | verify | stats | key | export | backup | restore", required=True, title="commands"
    )

    def add(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        verb = verbs.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common, *parents]
        )
        verb.set_defaults(verb=name)
        return verb

    showing = add("show", "the newest facts, or one transaction's", as_json)
    showing.add_argument(
        "words", nargs="*", metavar="[tx] ID", help="a transaction: its facts; with tx: its bill and what proves it"
    )
    verifying = add("verify", "prove that no fact was changed, left out or put in", as_json)
    verifying.add_argument(
        "proof",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="a proof that export made, instead of the ledger; - for stdin",
    )
    verifying.add_argument("--sign", action="store_true", help="then sign it up to now with the site's key")
    verifying.add_argument(
        "--key",
        action="append",
        type=_public,
        default=[],
        help="a public key whose signatures count (the site's own does)",
    )
    add("stats", "where the streams stand, and what waits for whom", as_json)
    add("key", "the public half of the site's key", as_json)
    exporting = add("export", "print facts and samples as JSON Lines")
    exporting.add_argument("--since", metavar="TIME", help="what happened from then on: a day, or a time with its zone")
    exporting.add_argument("--until", metavar="TIME", help="what happened before then")
    exporting.add_argument("--transaction", metavar="ID", help="facts of this one")
    exporting.add_argument("--type", help="facts of this type, such as cdr_closed; samples: sample blocks alone")
    exporting.add_argument("--personal", action="store_true", help="with personal values, which else are left out")
    exporting.add_argument("--proof", action="store_true", help="what proves one bill to who has no ledger")
    backing = add("backup", "copy the ledger, also while the gateway runs, and check the copy", as_json)
    backing.add_argument("target", type=Path, metavar="TARGET", help="a file, or a folder to make one in")
    backing.add_argument("--force", action="store_true", help="replace the file")
    restoring = add("restore", "put a copy in the place of the ledger, which is set aside", as_json)
    restoring.add_argument("source", type=Path, metavar="SOURCE", help="what backup has made")
    return parser


def _erase_parser(file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw erase-personal-data",
        description="Erase what the ledger holds about a person, for good; the chain of facts still holds.",
        parents=[_common(file)],
    )
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--token", metavar="ID", help="the values of an id token, and what names it")
    whose.add_argument("--transaction", metavar="ID", help="those of one transaction")
    whose.add_argument("--before", metavar="TIME", help="all from before a day, or a time with its zone")
    parser.add_argument("--dry-run", action="store_true", help="only say how much that is")
    parser.add_argument("--json", action="store_true", help="for scripts")
    return parser


def _common(file: Path) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    return common


def _public(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise argparse.ArgumentTypeError("a public key is 64 hexadecimal digits; `edgegw journal key` tells it")
    return key
