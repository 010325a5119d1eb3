"""`edgegw cloud` on the command line."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import re
import ssl
import sys
import uuid
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from edgegw.cloud.access import add_options, brokers
from edgegw.cloud.send import NotSent, Order, send
from edgegw.mqtt import Brokers, MqttError
from edgegw.uplink.topics import Topics

GOOD, FAILED, USAGE = 0, 1, 2

TEXTS = frozenset({"station", "id_token", "transaction"})
"""Arguments that are text even if they look like a number."""


def main(args: list[str]) -> int:
    """Exit 0 when the command is done; 1 when it is not, or nobody says so in time; 2 usage."""
    options = _parser().parse_args(args)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    now = datetime.now(UTC)
    try:
        order = Order(
            name=options.name,
            args=_arguments(options.args),
            expires_at=now + timedelta(seconds=options.expires),
            by=options.by,
            hold=options.hold,
            id=options.id or str(uuid.uuid4()),
        )
        at = brokers(options, f"edgegw-send-{uuid.uuid4().hex[:12]}")
    except (ValueError, OSError, ssl.SSLError) as error:
        _complain(str(error))
        return USAGE
    return asyncio.run(_send(at, Topics(options.site, options.root), order, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edgegw cloud", description="The cloud's side of a site, from a terminal.")
    verbs = parser.add_subparsers(metavar="send", required=True)
    text = "send a command to a site, and print its states as they come"
    verb = verbs.add_parser(
        "send",
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog="Exit codes: 0 done; 1 failed, rejected, expired, unknown or no answer in "
        "time; 2 usage. A command acts once: with the same --id it may be sent again.",
    )
    verb.add_argument("site", metavar="SITE")
    verb.add_argument("name", metavar="COMMAND", help="such as start_transaction")
    verb.add_argument("args", nargs="*", metavar="KEY=VALUE", help="its arguments, or one JSON object")
    add_options(verb)
    verb.add_argument("--wait", type=float, default=30.0, metavar="SECONDS", help="for its end (default: 30)")
    verb.add_argument(
        "--expires", type=_seconds, default=60.0, metavar="DURATION", help="not carried out after this (default: 60s)"
    )
    verb.add_argument("--hold", action="store_true", help="wait for a station that is offline, until it expires")
    verb.add_argument("--id", help="of the command; the same again is the same command (default: a new one)")
    verb.add_argument("--by", metavar="NAME", help="on whose behalf, for the record")
    verb.add_argument("--json", action="store_true", help="each state as a line of JSON")
    return parser


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text}: a duration with its unit, such as 60s, 5m or 2h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _arguments(words: list[str]) -> dict[str, Any]:
    """The arguments that `key=value` words, or one JSON object, stand for; a value is JSON where it reads as such."""
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        whole: dict[str, Any] = json.loads(words[0])
        return whole
    found: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise ValueError(f"{word!r} is no argument; allowed: key=value, or one JSON object")
        try:
            found[key] = value if key in TEXTS else json.loads(value)
        except ValueError:
            found[key] = value
    return found


async def _send(at: Brokers, topics: Topics, order: Order, options: argparse.Namespace) -> int:
    if not options.json:
        print(f"{order.name} {order.id}", flush=True)  # noqa: T201
    state = None
    try:
        async with asyncio.timeout(options.wait), aclosing(send(at, topics, order, datetime.now(UTC))) as answers:
            async for answer in answers:
                state = answer.get("state")
                print(json.dumps(answer) if options.json else _line(answer), flush=True)  # noqa: T201
    except TimeoutError:
        trouble = f"; {at.trouble}" if at.trouble else ""
        _complain(f"no end within {options.wait:g} s, the last state is {state or 'not known'}{trouble}")
    except (NotSent, MqttError) as error:
        _complain(str(error))
    return GOOD if state == "done" else FAILED


def _line(answer: dict[str, Any]) -> str:
    parts = [str(answer.get("state"))]
    if answer.get("reason"):
        parts.append(str(answer["reason"]))
    if answer.get("result"):
        parts.append(json.dumps(answer["result"], ensure_ascii=False))
    return "  ".join(parts)


def _complain(line: str) -> None:
    print(f"edgegw cloud: {line}", file=sys.stderr)  # noqa: T201
