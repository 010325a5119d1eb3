"""`edgegw stations trace CP01`: what is said with a station, as it is said, readable or as JSON lines."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO
from urllib.parse import quote

from edgegw.daemon import control
from edgegw.daemon.control import FAILED, GOOD, Gateway

SILENCE_S: Final = 45.0
"""The gateway gives a sign of life every 15 s."""

_ARROWS: Final = {"in": "->", "out": "<-"}


def words(parser: argparse.ArgumentParser) -> None:
    """What may follow the verb."""
    parser.add_argument("station")
    parser.add_argument("--jsonl", action="store_true", help="JSON lines instead, which tests can replay")
    parser.add_argument("--file", dest="into", type=Path, metavar="FILE", help="write JSON lines there as well")
    parser.add_argument("--pretty", action="store_true", help="payloads over several lines")
    parser.add_argument("--for", dest="for_s", type=float, metavar="SECONDS", help="end after so long")


def trace(options: argparse.Namespace) -> int:
    """Show what is said until the reader has enough. 0 then, 1 when the gateway ends it or can't be asked."""
    as_json = options.json or options.jsonl

    def ask(gateway: Gateway) -> int:
        with contextlib.ExitStack() as stack:
            into: TextIO | None = None
            if options.into is not None:
                into = stack.enter_context(options.into.open("w", encoding="utf-8"))
            path = f"/api/v1/stations/{quote(options.station, safe='')}/trace"
            path += "" if options.for_s is None else f"?for={options.for_s:g}"
            for number, (name, entry) in enumerate(gateway.events(path, silence_s=SILENCE_S)):
                if number == 0:
                    sys.stderr.write(f"listening to {options.station}; -> is from the station, Ctrl-C ends\n")
                    sys.stderr.flush()
                if name == "frame":
                    if into is not None:
                        into.write(f"{json.dumps(entry, ensure_ascii=False)}\n")
                        into.flush()
                    control.say(json.dumps(entry, ensure_ascii=False) if as_json else line(entry, options.pretty))
                    sys.stdout.flush()
        if options.for_s is not None:
            return GOOD
        control.complain("the gateway has ended the trace")
        return FAILED

    try:
        return control.talk(options.file, ask)
    except KeyboardInterrupt:
        return GOOD
    except OSError as error:
        control.complain(f"{error.filename or options.into}: {error.strerror or error}")
        return FAILED


def line(entry: Mapping[str, Any], pretty: bool = False) -> str:
    """A frame for people: local time, direction, action, what it says, id."""
    at = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
    arrow = _ARROWS.get(str(entry.get("direction")), "--")
    kind = entry["kind"]
    if kind == "lost":
        return f"{at} {arrow} {entry['frames']} frames were left out: they came faster than they were read"
    if kind == "unreadable":
        return f"{at} {arrow} {entry['bytes']} bytes that are no OCPP"
    action = entry["action"] or "?"
    said = "" if kind == "call" else f" {kind}"
    payload = json.dumps(entry["payload"], ensure_ascii=False, indent=2 if pretty else None)
    if "code" in entry:
        payload = f"{entry['code']}: {entry['description']} {payload}"
    shown = f"{at} {arrow} {action}{said} {payload} [{entry['id']}]"
    # A station wrote some of it: what would steer the terminal is not passed on.
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in shown)
