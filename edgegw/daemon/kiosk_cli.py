"""`edgegw kiosk ...`: which browsers are the kiosk's screen, through the control socket of a running gateway."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from edgegw.daemon.control import FAILED, GOOD, Gateway, complain, say, talk


def kiosk(words: Sequence[str], file: Path) -> int:
    """`edgegw kiosk ...`; the exit code. `file` is the configuration unless -c names another."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    common.add_argument("--json", action="store_true", help="for scripts")
    text = "Pair a browser as the kiosk's screen, list the paired ones, or take one out."
    parser = argparse.ArgumentParser(prog="edgegw kiosk", description=text)
    verbs = parser.add_subparsers(metavar=" | ".join(_VERBS), required=True)
    for name, (does, text) in _VERBS.items():
        child = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common])
        child.set_defaults(run=does)
        if name == "unpair":
            which = child.add_mutually_exclusive_group(required=True)
            which.add_argument("browser", nargs="?", metavar="ID", help="as edgegw kiosk list shows it")
            which.add_argument("--all", action="store_true", help="all of them")
    options = parser.parse_args(words)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _pair(options: argparse.Namespace) -> int:
    def ask(gateway: Gateway) -> int:
        found = gateway.ask("POST", "/api/v1/kiosk/code", {})
        code, minutes = found["code"], found["expires_in_s"] / 60
        if options.json:
            say(json.dumps(found))
        else:
            say(f"{code[:4]} {code[4:]}")
            say(f"type it at the page /kiosk of the browser within {minutes:.0f} minutes; it works once")
        return GOOD

    return talk(options.file, ask)


def _list(options: argparse.Namespace) -> int:
    def ask(gateway: Gateway) -> int:
        found = gateway.ask("GET", "/api/v1/kiosk/browsers")["items"]
        if options.json:
            say(json.dumps(found))
        else:
            for browser in found:
                say(f"{browser['id']}  paired {browser['paired_at']}")
            if not found:
                say("no browser is paired; pair one with: edgegw kiosk pair")
        return GOOD

    return talk(options.file, ask)


def _unpair(options: argparse.Namespace) -> int:
    def ask(gateway: Gateway) -> int:
        known = [each["id"] for each in gateway.ask("GET", "/api/v1/kiosk/browsers")["items"]]
        if not options.all and options.browser not in known:
            complain(f"no browser {options.browser} is paired; paired: {', '.join(known) or 'none'}")
            return FAILED
        gone = known if options.all else [options.browser]
        for browser in gone:
            gateway.ask("DELETE", f"/api/v1/kiosk/browsers/{quote(browser, safe='')}")
        say(json.dumps(gone) if options.json else f"taken out: {', '.join(gone) or 'none was paired'}")
        return GOOD

    return talk(options.file, ask)


_VERBS: Final[Mapping[str, tuple[Callable[[argparse.Namespace], int], str]]] = {
    "pair": (_pair, "print a code that makes a browser the kiosk's screen"),
    "list": (_list, "list the paired browsers"),
    "unpair": (_unpair, "take a browser out: it shows nothing of the kiosk any more"),
}
