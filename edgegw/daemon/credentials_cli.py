"""`edgegw credential ...`: put secrets where the gateway finds them, and see which it wants. None is ever shown."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegw.daemon.control import FAILED, GOOD, USAGE, USELESS, complain, say, table
from edgegw.journal.durable import replace
from edgegw.settings import Invalid, load
from edgegw.settings.credentials import SEALED, VAULT, place
from edgegw.settings.named import named

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
MOST_BYTES: Final = 64 * 1024
UNIT: Final = "edgegw"


def credential(words: Sequence[str], file: Path) -> int:
    """`edgegw credential ...`; the exit code. `file` is the configuration unless -c names another."""
    options = _parser(file).parse_args(words)
    try:
        if options.verb == "list":
            return _list(options)
        if options.verb == "remove":
            return _remove(options)
        return _set(options) if options.verb == "set" else _seal(options)
    except OSError as error:
        complain(f"{error.filename or options.file}: {error.strerror or error}{_as_root(error)}")
        return FAILED


def _as_root(error: OSError) -> str:
    return "; run it as root (sudo)" if isinstance(error, PermissionError) else ""


def _parser(file: Path) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument(
        "--folder", type=Path, help="default: EDGEGW_CREDENTIALS, or credentials/ beside the configuration"
    )
    parser = argparse.ArgumentParser(prog="edgegw credential", description="Secrets: store them, seal them, list them.")
    verbs = parser.add_subparsers(metavar="set | seal | list | remove", required=True)

    def add(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        verb = verbs.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common, *parents]
        )
        verb.set_defaults(verb=name)
        return verb

    add("list", "which secrets the configuration names, who uses them, and where they are").add_argument(
        "--json", action="store_true", help="for scripts"
    )
    for name, text in (
        ("set", "store a secret, read from standard input or asked for"),
        ("seal", "store it encrypted for this machine (systemd-creds): from standard input, or one that was set"),
        ("remove", "forget a secret"),
    ):
        add(name, text, folder).add_argument("name", metavar="NAME", help="as `credential: NAME` has it in the file")
    return parser


def _set(options: argparse.Namespace) -> int:
    if (wrong := _misnamed(options.name)) is not None:
        complain(wrong)
        return USAGE
    secret = _read(f"{options.name}: ")
    if not secret:
        complain("nothing was given, so nothing is stored")
        return FAILED
    path = _folder(options) / options.name
    _make_folder(path.parent)
    replace(path, secret, 0o600)
    _give_to_owner(path)
    say(f"{path}: stored; it counts from the gateway's next start on, or with: sudo systemctl restart {UNIT}"
        if _by_systemd(options) else f"{path}: stored; bring it into force: edgegw reload")  # fmt: skip
    return GOOD


def _seal(options: argparse.Namespace) -> int:
    if (wrong := _misnamed(options.name)) is not None:
        complain(wrong)
        return USAGE
    program = shutil.which("systemd-creds")
    if program is None:
        complain("systemd-creds is not here (systemd 250 or newer); edgegw credential set stores it as a file of 0600")
        return FAILED
    plain = _folder(options) / options.name
    is_piped = not sys.stdin.isatty()
    secret = _read(f"{options.name}: ") if is_piped or not plain.is_file() else plain.read_bytes()
    if not secret and plain.is_file():
        secret = plain.read_bytes()
    if not secret:
        complain(f"nothing was given, and {plain} is not there, so nothing is sealed")
        return FAILED
    # systemd hands the members of a directory over under the name of the directory first; sealed ones come one by one.
    words = [program, "encrypt", f"--name={UNIT}_{options.name}", "-", "-"]
    done = subprocess.run(words, input=secret, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        complain(f"systemd-creds could not seal it: {done.stderr.decode(errors='replace').strip()}")
        return FAILED
    sealed = plain.parent.parent / f"{plain.parent.name}{SEALED}" / f"{options.name}.cred"
    _make_folder(sealed.parent)
    replace(sealed, done.stdout, 0o600)
    plain.unlink(missing_ok=True)
    say(f"{sealed}: sealed for this machine; {plain} is not there any more")
    say("have systemd hand it over: sudo systemctl edit edgegw, and write")
    say("  [Service]")
    say(f"  LoadCredentialEncrypted={UNIT}_{options.name}:{sealed}")
    say(f"then: sudo systemctl restart {UNIT}")
    return GOOD


def _remove(options: argparse.Namespace) -> int:
    folder = _folder(options)
    paths = [folder / options.name, folder.parent / f"{folder.name}{SEALED}" / f"{options.name}.cred"]
    gone = [path for path in paths if _misnamed(options.name) is None and path.is_file()]
    for path in gone:
        path.unlink()
        say(f"{path}: removed")
    if not gone:
        complain(f"{paths[0]}: there is none")
    return GOOD if gone else FAILED


def _list(options: argparse.Namespace) -> int:
    try:
        settings = load(options.file).settings
    except Invalid as error:
        complain(*(str(finding) for finding in error.findings))
        return USELESS
    users: dict[str, list[str]] = {}
    for key, wanted in named(settings):
        users.setdefault(wanted.credential, []).append(key)
    rows = [(name, place(name, options.file), ", ".join(keys)) for name, keys in sorted(users.items())]
    if options.json:
        told = [{"name": name, "where": where or None, "used_by": users[name]} for name, where, _ in rows]
        say(json.dumps(told, ensure_ascii=False))
    elif not rows:
        say(f"{options.file} names no credential")
    else:
        table([("NAME", "WHERE", "USED BY"), *((name, where or "not stored", keys) for name, where, keys in rows)])
    return GOOD


def _misnamed(name: str) -> str | None:
    if name.startswith(VAULT):
        return f"{name} comes from Vault; set it there"
    if NAME.fullmatch(name) is None:
        return f"{name!r} is no name for a credential; allowed: letters, digits and _ . -, a letter or digit first"
    return None


def _folder(options: argparse.Namespace) -> Path:
    if options.folder is not None:
        return Path(options.folder)
    if given := os.environ.get("EDGEGW_CREDENTIALS"):
        return Path(given)
    beside = Path(options.file).resolve().parent
    voice = beside / "credentials-voice"
    return voice if voice.is_dir() and _is_of_voice(options) else beside / "credentials"


def _is_of_voice(options: argparse.Namespace) -> bool:
    """Whether the voice's process alone uses it: each unit is given its own."""
    try:
        users = [key for key, wanted in named(load(options.file).settings) if wanted.credential == options.name]
    except Invalid:
        return False
    return bool(users) and all(key.startswith("voice.") for key in users)


def _by_systemd(options: argparse.Namespace) -> bool:
    """Whether systemd hands the folder over, which it does when it starts the gateway."""
    return str(_folder(options)).startswith("/etc/edgegw/")


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)


def _give_to_owner(path: Path) -> None:
    """A gateway that reads the folder itself runs under its owner's account."""
    about = path.parent.stat()
    if os.geteuid() == 0 and about.st_uid != 0:
        os.chown(path, about.st_uid, about.st_gid)


def _read(prompt: str) -> bytes:
    """A secret without a newline at its end: typed unseen, or all of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt).encode()
    return sys.stdin.buffer.read(MOST_BYTES).rstrip(b"\r\n")
