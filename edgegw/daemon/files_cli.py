"""`edgegw files ...`: firmware for stations, and what they sent, through the control socket of a running gateway."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edgegw.daemon import control
from edgegw.daemon.control import FAILED, GOOD, Gateway

ORDER_S = 40.0
"""A station may take this long to accept an order."""

SENDING_S = 600.0
"""The gateway may take this long to take or give a file."""


def files(words: Sequence[str], file: Path) -> int:
    """The exit code. `file` is the configuration unless -c names another."""
    options = _parser(file).parse_args(words)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def _parser(file: Path) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    common.add_argument("--json", action="store_true", help="for scripts")
    parser = argparse.ArgumentParser(prog="edgegw files", description="Firmware for stations, and what they sent.")
    verbs = parser.add_subparsers(metavar="list | get | put | offer | ask | remove", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common])
        verb.set_defaults(run=run)
        return verb

    add("list", _list, "list all files")
    get = add("get", _get, "fetch a file")
    get.add_argument("id", help="as the list has it")
    get.add_argument("-o", dest="into", type=Path, metavar="PATH", help="where to (default: its name, here)")
    put = add("put", _put, "keep a firmware, for update_firmware with location local:NAME")
    put.add_argument("path", type=Path, metavar="FIRMWARE")
    put.add_argument("--name", help="default: the file's own")
    put.add_argument("--certificate", type=Path, metavar="PEM", help="of its signer, and those above it")
    put.add_argument("--signature", type=Path, metavar="FILE", help="its signature, raw or in base64")
    offer = add("offer", _offer, "have a station fetch a firmware that is kept here, and install it")
    offer.add_argument("station")
    offer.add_argument("id", help="as the list has it")
    offer.add_argument("--ftp", action="store_true", help="by FTP, whatever the station says that it speaks")
    ask = add("ask", _ask, "have a station put its log here")
    ask.add_argument("station")
    ask.add_argument("--kind", choices=("diagnostics", "security", "data_collector"), default="diagnostics")
    ask.add_argument("--ftp", action="store_true", help="by FTP, whatever the station says that it speaks")
    remove = add("remove", _remove, "take a file away")
    remove.add_argument("id", help="as the list has it")
    return parser


def _list(options: argparse.Namespace) -> int:
    def ask(gateway: Gateway) -> int:
        items = gateway.ask("GET", "/api/v1/files")["items"]
        if options.json:
            control.say(json.dumps(items, ensure_ascii=False))
            return GOOD
        rows = [("ID", "KIND", "STATION", "BYTES", "RECEIVED", "NAME"), *(_row(item) for item in items)]
        control.table(rows)
        return GOOD

    return control.talk(options.file, ask)


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    kind = f"{item['kind']} (signed)" if item["signed"] else item["kind"]
    return item["id"], kind, item["station"] or "-", str(item["size"]), item["at"][:19] + "Z", item["name"]


def _get(options: argparse.Namespace) -> int:
    def ask(gateway: Gateway) -> int:
        items = gateway.ask("GET", "/api/v1/files")["items"]
        name = next((item["name"] for item in items if item["id"] == options.id), options.id)
        into: Path = options.into or Path(Path(name).name)
        if options.into is None and into.exists():
            control.complain(f"{into} is there already; say where to with -o")
            return FAILED
        size = gateway.fetch(_path(options.id), into, timeout_s=SENDING_S)
        control.say(json.dumps({"path": str(into), "size": size}) if options.json else f"{into}: {size} bytes")
        return GOOD

    return control.talk(options.file, ask)


def _put(options: argparse.Namespace) -> int:
    if (options.certificate is None) != (options.signature is None):
        control.complain("--certificate and --signature go together")
        return control.USAGE
    name = options.name or options.path.name

    def ask(gateway: Gateway) -> int:
        try:
            with options.path.open("rb") as content:
                stored = gateway.send(_path(name), content, timeout_s=SENDING_S)
            if options.certificate is not None:
                try:
                    stored = gateway.ask("PUT", f"{_path(name)}/signature", _proof(options))
                except (control.Refused, OSError):
                    gateway.ask("DELETE", _path(name))
                    raise
        except OSError as error:
            control.complain(f"{error.filename or options.path}: {error.strerror or error}")
            return FAILED
        text = f"{name}: {stored['size']} bytes, sha256 {stored['sha256']}{', signed' if stored['signed'] else ''}"
        control.say(json.dumps(stored, ensure_ascii=False) if options.json else text)
        return GOOD

    return control.talk(options.file, ask)


def _proof(options: argparse.Namespace) -> dict[str, str]:
    raw: bytes = options.signature.read_bytes()
    try:
        base64.b64decode(b"".join(raw.split()), validate=True)
        signature = raw.decode("ascii").strip()
    except ValueError:
        signature = base64.b64encode(raw).decode()
    return {"certificate": options.certificate.read_text(errors="replace"), "signature": signature}


def _offer(options: argparse.Namespace) -> int:
    args = {"station": options.station, "location": f"local{'+ftp' if options.ftp else ''}:{options.id}"}
    return control.order(options.file, "update_firmware", args, wait_s=ORDER_S, as_json=options.json)


def _ask(options: argparse.Namespace) -> int:
    args = {"station": options.station, "kind": options.kind, **({"location": "local+ftp:"} if options.ftp else {})}
    return control.order(options.file, "get_log", args, wait_s=ORDER_S, as_json=options.json)


def _remove(options: argparse.Namespace) -> int:
    def ask(gateway: Gateway) -> int:
        gateway.ask("DELETE", _path(options.id))
        control.say(json.dumps({"removed": options.id}) if options.json else f"{options.id} is gone")
        return GOOD

    return control.talk(options.file, ask)


def _path(id: str) -> str:
    return f"/api/v1/files/{quote(id, safe='')}"
