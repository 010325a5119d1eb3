"""`edgegw support-bundle`: what somebody far away needs to see of a site, in one file, without secrets and cards.

Secrets leave by the rules of log and trace (`stations.trace.redact`), and every secret that the configuration names is
looked for by its value as well. Cards are `token-1`, `token-2` ... throughout; facts are masked as for a guest.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from edgegw import __version__
from edgegw.core.secrets import HIDDEN
from edgegw.daemon.control import FAILED, GOOD, Gateway, Refused, Unreachable, complain, say
from edgegw.daemon.effective import effective
from edgegw.daemon.program import again
from edgegw.hub.clock import utc_now
from edgegw.journal.errors import JournalError
from edgegw.journal.reader import Reader
from edgegw.journal.rows import stamp
from edgegw.settings import Invalid, Loaded, load
from edgegw.settings.credentials import MissingCredential, credential
from edgegw.settings.named import credentials_of
from edgegw.settings.peek import control_socket, storage_folder
from edgegw.stations.trace.redact import Redaction
from edgegw.web import masks

FACTS: Final = 300
LOG_LINES: Final = 3000
PROGRAM_S: Final = 60.0
UNITS: Final = ("edgegw.service", "edgegw-ocpp.socket", "edgegw-voice.service")
PERSONAL: Final = frozenset({"id_token", "group_id_token", "parent_id_token", "receipt", "put", "removed"})
"""Keys of the API's bodies whose value tells of a person."""
TOLD: Final = ("site", "stations", "knocks", "meters", "circuits", "config/effective")
"""What of the API goes in."""


def support_bundle(words: Sequence[str], file: Path) -> int:
    """`edgegw support-bundle ...`; the exit code. `file` is the configuration unless -c names another."""
    options = _parser(file).parse_args(words)
    now = utc_now()
    target: Path = options.output or Path(f"edgegw-support-{now:%Y%m%dT%H%M%SZ}.tar.gz")
    if target.is_dir():
        target = target / f"edgegw-support-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    try:
        names = _pack(target, gathered(options.file), now)
    except FileExistsError:
        complain(f"{target} is there already")
        return FAILED
    except OSError as error:
        complain(f"{error.filename or target}: {error.strerror or error}")
        return FAILED
    say(f"{target}: {target.stat().st_size:,} bytes: {', '.join(names)}")
    say("secrets, cards and personal values are left out; look into it before you send it: tar -xOf FILE")
    return GOOD


def _parser(file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw support-bundle",
        description="Gather what somebody far away needs to see of this site, without secrets and cards.",
    )
    parser.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    parser.add_argument(
        "-o", dest="output", metavar="FILE", type=Path, help="what to write; default: one here, by time"
    )
    return parser


def _pack(target: Path, parts: Iterable[tuple[str, str]], now: datetime) -> list[str]:
    """Write them into an archive that only its owner may read; their names."""
    names = []
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in parts:
            content = text.encode()
            member = tarfile.TarInfo(f"edgegw-support/{name}")
            member.size, member.mtime, member.mode = len(content), int(now.timestamp()), 0o600
            archive.addfile(member, io.BytesIO(content))
            names.append(name)
    return names


def gathered(file: Path) -> Iterator[tuple[str, str]]:
    """(name, text) of each part; one that can't be had says why in its place."""
    loaded: Loaded | None = None
    wrong = ""
    try:
        loaded = load(file)
        wrong = "\n".join(str(each) for each in loaded.warnings)
    except Invalid as error:
        wrong = "\n".join(str(each) for each in error.findings)
    shroud = Shroud(file, loaded)
    yield "versions.json", _json(_versions())
    yield "check.txt", shroud.text(wrong or "good\n")
    if loaded is not None:
        yield "configuration.json", _json(shroud.of(effective(loaded.settings)))
    yield "doctor.json", shroud.json_of(_program(again("doctor", "--json", "--language", "en", "-c", str(file))))
    yield "journal.json", shroud.json_of(_program(again("journal", "stats", "--json", "-c", str(file))))
    yield "facts.jsonl", "".join(f"{shroud.text(line)}\n" for line in _facts(file))
    for name, body in _told(file):
        if isinstance(body, str):
            yield name, shroud.text(body)
        else:
            yield name, _json(shroud.of(body))
    for unit in UNITS:
        if shutil.which("systemctl"):
            yield f"{unit}.txt", shroud.text(_program(["systemctl", "status", "--no-pager", "--full", "-n", "0", unit]))
    if shutil.which("journalctl"):
        chosen = [word for unit in UNITS for word in ("-u", unit)]
        words = ["journalctl", "--no-pager", "-o", "short-iso", "-n", str(LOG_LINES), *chosen]
        yield "log.txt", shroud.text(_program(words))


class Shroud:
    """Leaves secrets and cards out of all that goes into one bundle."""

    def __init__(self, file: Path, loaded: Loaded | None) -> None:
        self._redaction = Redaction()
        self._secrets: list[str] = []
        if loaded is not None:
            for wanted in credentials_of(loaded.settings):
                try:
                    self._secrets.append(credential(wanted, file))
                except MissingCredential:
                    continue
            for token in loaded.tokens:
                self._redaction.payload({"idToken": token})  # from now on it has another name
        self._secrets = sorted((each for each in self._secrets if len(each) >= 4), key=len, reverse=True)

    def text(self, text: str) -> str:
        """Any text as it may be told."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return "".join(self._redaction.of(line) for line in text.splitlines(keepends=True))

    def of(self, value: Any) -> Any:
        """A body of the API as it may be told."""
        return self._inner(self._redaction.payload(value))

    def json_of(self, text: str) -> str:
        """JSON text, made readable; one that is none as any text."""
        try:
            return _json(self.of(json.loads(text)))
        except ValueError:
            return self.text(text)

    def _inner(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                key: (HIDDEN if each is not None else None) if key in PERSONAL else self._inner(each)
                for key, each in value.items()
            }
        if isinstance(value, list):
            return [self._inner(each) for each in value]
        return self.text(value) if isinstance(value, str) else value


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _versions() -> dict[str, Any]:
    try:
        required = importlib.metadata.requires("edgegw") or []
    except importlib.metadata.PackageNotFoundError:  # it runs from a checkout
        required = []
    wanted = [re.split(r"[^A-Za-z0-9_.-]", each)[0] for each in required if "extra ==" not in each]
    packages: dict[str, str | None] = {}
    for name in wanted:
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            packages[name] = None
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        system = None
    return {
        "edgegw": __version__, "python": sys.version, "machine": platform.machine(), "kernel": platform.release(),
        "system": system, "packages": packages,
    }  # fmt: skip


def _program(words: Sequence[str]) -> str:
    """What a program says, with what it complains of; why it could not, in its place."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=PROGRAM_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{words[0]}: {error}\n"
    return done.stdout + done.stderr


def _told(file: Path) -> Iterator[tuple[str, Any]]:
    """What a running gateway tells, and its metrics."""
    try:
        gateway = Gateway(control_socket(file))
    except Invalid as error:
        yield "gateway.txt", "\n".join(str(each) for each in error.findings)
        return
    for name in TOLD:
        part = name.replace("/", "-")
        try:
            yield f"{part}.json", gateway.ask("GET", f"/api/v1/{name}")
        except Refused as error:
            yield f"{part}.txt", f"{error}\n"
        except Unreachable as error:
            yield "gateway.txt", f"{error}\n"
            return
    try:
        yield "metrics.txt", gateway.text("/metrics")
    except (Unreachable, Refused) as error:
        yield "metrics.txt", f"{error}\n"


def _facts(file: Path) -> list[str]:
    """The newest facts as a guest may see them, one a line."""
    try:
        path = storage_folder(file) / "journal.db"
        if not path.exists():
            return [f"{path}: there is no ledger"]
        return asyncio.run(_newest(path))
    except Invalid as error:
        return [str(each) for each in error.findings]
    except (JournalError, OSError) as error:
        return [str(error)]


async def _newest(path: Path) -> list[str]:
    reader = Reader(path)
    try:
        facts = await reader.newest(FACTS)
    finally:
        await reader.close()
    return [
        json.dumps(
            {"sequence": each.sequence, "at": stamp(each.at), "recorded_at": stamp(each.recorded_at),
             "clock": each.clock, "type": each.type, "data": masks.fact(each.type, each.body)},
            ensure_ascii=False, default=str,
        )
        for each in facts
    ]  # fmt: skip
