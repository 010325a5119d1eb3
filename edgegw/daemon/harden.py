"""`edgegw harden --lan CIDR`: the gateway may only talk to the site's own network, and to whom its file names.

systemd's IPAddressDeny and IPAddressAllow in a drop-in: enforced by the kernel for the unit, whatever runs in it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from edgegw.daemon.control import FAILED, GOOD, USAGE, USELESS, complain, say
from edgegw.journal.durable import replace
from edgegw.meters.settings import NetworkConnection
from edgegw.settings import Invalid, Settings, load

FOLDER: Final = Path("/etc/systemd/system/edgegw.service.d")
NAME: Final = "lan.conf"
RESOLVER: Final = Path("/etc/resolv.conf")

Network = IPv4Network | IPv6Network


def harden(words: Sequence[str], file: Path) -> int:
    """`edgegw harden ...`; the exit code. `file` is the configuration unless -c names another."""
    options = _parser(file).parse_args(words)
    target: Path = options.folder / NAME
    try:
        if options.remove:
            return _remove(target)
        if not options.lan:
            complain("which network is the site's own? Such as: edgegw harden --lan 192.168.1.0/24 (ip -br address)")
            return USAGE
        settings = load(options.file).settings
        return _write(target, options, settings)
    except Invalid as error:
        complain(*(str(finding) for finding in error.findings))
        return USELESS
    except OSError as error:
        complain(f"{error.filename or target}: {error.strerror or error}; run it as root (sudo)")
        return FAILED


def _parser(file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw harden",
        description="Have systemd keep the gateway inside the site's network: a drop-in, shown before it is written.",
    )
    parser.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    parser.add_argument("--lan", metavar="CIDR", type=_network, action="append", default=[], help="the site's network")
    parser.add_argument(
        "--also", metavar="CIDR", type=_network, action="append", default=[], help="whom else it may talk to: the cloud"
    )
    parser.add_argument("--remove", action="store_true", help="take the drop-in away")
    parser.add_argument("--yes", action="store_true", help="write it without asking")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"default: {FOLDER}")
    return parser


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no network; allowed: 192.168.1.0/24, fd00::/8") from None


def drop_in(lan: Sequence[Network], also: Sequence[Network]) -> str:
    """The text of the drop-in."""
    allowed = " ".join(str(each) for each in dict.fromkeys([*lan, *also]))
    return (
        "# Made by `edgegw harden`; taken away by `edgegw harden --remove`.\n[Service]\nIPAddressDeny=any\n"
        f"IPAddressAllow=localhost {allowed}\n"
    )


def _write(target: Path, options: argparse.Namespace, settings: Settings) -> int:
    allowed = [*options.lan, *options.also]
    text = drop_in(options.lan, options.also)
    say(f"{target}:")
    for line in text.splitlines():
        say(f"  {line}")
    left_out = [(what, address) for what, address in reached(settings) if not _inside(address, allowed)]
    for what, address in left_out:
        complain(f"{what} would be cut off" + (f": {address}" if address else ": its name can't be resolved here"))
    if left_out:
        known = dict.fromkeys(address for _, address in left_out if address)
        if known:
            complain(f"allow them as well: {' '.join(f'--also {address}' for address in known)}")
        complain("nothing was written")
        return FAILED
    if not options.yes and not _agreed():
        complain("nothing was written; --yes writes it without asking")
        return FAILED
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target, text.encode(), 0o644)
    say(f"{target}: written")
    return _reloaded()


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    try:
        return input("Write it? yes or no [no]: ").strip() == "yes"
    except EOFError:
        return False


def _remove(target: Path) -> int:
    if not target.exists():
        complain(f"{target} is not there: nothing keeps the gateway in")
        return FAILED
    target.unlink()
    say(f"{target}: removed")
    return _reloaded()


def _reloaded() -> int:
    program = shutil.which("systemctl")
    if program is not None and os.path.isdir("/run/systemd/system"):  # noqa: PTH112 (sd_booted(3) does just this)
        done = subprocess.run([program, "daemon-reload"], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            complain(f"systemctl daemon-reload: {done.stderr.strip()}")
            return FAILED
    say("it counts from the next start on: sudo systemctl restart edgegw")
    return GOOD


def reached(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """(what, address) of each host that the file has the gateway talk to, and of the name servers where it names hosts;
    None for a name that can't be resolved."""
    hosts = dict(_hosts(settings))
    by_name = False
    for what, host in hosts.items():
        try:
            ip_address(host)
        except ValueError:
            by_name = by_name or host != "localhost"
        yield from ((what, address) for address in _addresses(host))
    if by_name:
        for line in _lines(RESOLVER):
            words = line.split()
            if words[:1] == ["nameserver"] and len(words) > 1:
                yield f"the name server ({RESOLVER})", words[1].partition("%")[0]


def _hosts(settings: Settings) -> Iterator[tuple[str, str]]:
    for meter in settings.meters:
        if isinstance(meter.connection, NetworkConnection):
            yield f"the meter {meter.id}", meter.connection.host
    for index, url in enumerate(settings.uplink.brokers):
        yield f"uplink.brokers[{index}]", urlsplit(url).hostname or ""
    if settings.ocpp.upstream is not None:
        yield "ocpp.upstream", urlsplit(settings.ocpp.upstream.url).hostname or ""
    if settings.secrets is not None and settings.secrets.vault is not None:
        yield "secrets.vault", urlsplit(settings.secrets.vault.url).hostname or ""
    if settings.tracing is not None:
        yield "tracing.otlp", urlsplit(settings.tracing.otlp).hostname or ""


def _addresses(host: str) -> list[str | None]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return [None]
    return list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))


def _inside(address: str | None, allowed: Iterable[Network]) -> bool:
    if address is None:
        return False
    one = ip_address(address)
    return one.is_loopback or any(one in network for network in allowed)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
