"""`edgegw journal` and `edgegw erase-personal-data`: look into the ledger, prove it, copy it, erase what is personal.

What only reads is done beside a gateway that runs. What writes goes through the gateway when one has the ledger, and is
done here when none has: as the folder's owner, so that the files stay the gateway's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from edgegw.daemon import control
from edgegw.daemon.care import chosen, signed
from edgegw.hub.clock import SiteClock, utc_now
from edgegw.journal import Journal, JournalError, NewerDatabase, StorageError
from edgegw.journal.anchors import PUBLIC_FILE, public_key
from edgegw.journal.backup import Copy, backup, restore
from edgegw.journal.connection import DATABASE_ERRORS, storage_error
from edgegw.journal.encode import encode
from edgegw.journal.erase import Chosen, copies, find
from edgegw.journal.errors import InUse
from edgegw.journal.export import Wanted, export, proof
from edgegw.journal.group import Group, NewFact
from edgegw.journal.ids import uuid7
from edgegw.journal.inspect import counted, say, show, show_account, stats, tell_checked, tell_verdict, walked
from edgegw.journal.maintenance import Record, erase, sign
from edgegw.journal.proof import Unreadable, check
from edgegw.journal.records import looked_into
from edgegw.journal.rows import dump, stamp
from edgegw.journal.store import FILE_NAME
from edgegw.model import facts as f
from edgegw.settings import Invalid
from edgegw.settings.peek import control_socket, site_text, storage_folder

GOOD, FAILED, USAGE, USELESS = 0, 1, 2, 78

GATEWAY_S = 300.0
"""So long the gateway may take for what it is asked: an erasure reads the whole ledger."""

T = TypeVar("T")

Work = Callable[[Journal, Record, datetime], Awaitable[T]]


def journal(words: Sequence[str], file: Path) -> int:
    """`edgegw journal ...`; the exit code. `file` is the configuration unless -c names another."""
    parser = _journal_parser(file)
    options = parser.parse_args(words)
    if options.run is _show and len(options.words) > (2 if options.words[:1] == ["tx"] else 1):
        parser.error("show takes a transaction's id, or tx and its id")
    return _guarded(options)


def erase_personal_data(words: Sequence[str], file: Path) -> int:
    """`edgegw erase-personal-data`; the exit code."""
    return _guarded(_erase_parser(file).parse_args(words))


def _guarded(options: argparse.Namespace) -> int:
    """Run a command and say what kept it from its work."""
    path = options.file
    try:
        if options.run is _verify and options.proof is not None:
            return _verify_proof(options)
        path = storage_folder(options.file) / FILE_NAME
        run: Callable[[argparse.Namespace, Path], int] = options.run
        return run(options, path)
    except Invalid as error:
        _complain(*(str(finding) for finding in error.findings))
        return USELESS
    except _Wrong as error:
        _complain(str(error))
        return USAGE
    except (control.Unreachable, control.Refused) as error:
        _complain(str(error))
        return FAILED
    except BrokenPipeError:
        raise
    except (*DATABASE_ERRORS, JournalError, OSError) as error:
        _complain(str(storage_error(error, path)))
        return USELESS if isinstance(error, NewerDatabase) else FAILED


class _Wrong(Exception):
    """A word of the command line makes no sense."""


# Looking


def _show(options: argparse.Namespace, path: Path) -> int:
    words = options.words
    if words[:1] == ["tx"]:
        if len(words) == 1:
            raise _Wrong("show tx needs the id of a transaction; `journal show` names them")
        return show_account(path, words[1], as_json=options.json)
    return show(path, words[0] if words else None, as_json=options.json)


def _stats(options: argparse.Namespace, path: Path) -> int:
    return stats(path, as_json=options.json)


def _key(options: argparse.Namespace, path: Path) -> int:
    public = public_key(path.parent)
    if public is None:
        raise StorageError(f"{path.parent / PUBLIC_FILE}: the site has no key yet; its first signature makes it")
    say(orjson.dumps({"key": public.hex()}).decode() if options.json else public.hex())
    return GOOD


def _verify(options: argparse.Namespace, path: Path) -> int:
    verdict = walked(path, _trusted(options, path))
    new = None
    if options.sign and not verdict.breaks:
        new = _signed(options.file, path.parent)
        verdict = walked(path, _trusted(options, path))
    return tell_verdict(path, verdict, as_json=options.json, signed=new)


def _trusted(options: argparse.Namespace, path: Path) -> list[bytes]:
    own = public_key(path.parent)
    return [*options.key, *([] if own is None else [own])]


def _verify_proof(options: argparse.Namespace) -> int:
    if options.sign:
        raise _Wrong("--sign is for the ledger, and not for a proof that was taken from it")
    try:
        if str(options.proof) == "-":
            found = check(sys.stdin, options.key)
        else:
            with options.proof.open(encoding="utf-8") as file:
                found = check(file, options.key)
    except (Unreadable, UnicodeDecodeError) as error:
        raise Unreadable(f"{options.proof}: {error}") from error
    return tell_checked(str(options.proof), found, as_json=options.json)


def _export(options: argparse.Namespace, path: Path) -> int:
    site = site_text(options.file, "id")
    zone = _zone(options.file)
    with looked_into(path) as connection:
        if not options.proof:
            wanted = Wanted(
                _moment(options.since, zone), _moment(options.until, zone), options.transaction, options.type,
                options.personal,
            )  # fmt: skip
            for line in export(connection, wanted, site, utc_now()):
                say(line)
            return GOOD
        if options.transaction is None or options.since or options.until or options.type:
            raise _Wrong("--proof is of one bill: it takes --transaction ID, and no other filter")
        lines = list(proof(connection, options.transaction, site, personal=options.personal))
    if breaks := check(lines).breaks:  # what goes out has to convince somebody who has nothing else
        raise StorageError(f"{path}: it would prove nothing: {breaks[0]}; `edgegw journal verify` says more")
    for line in lines:
        say(line)
    return GOOD


# Copies


def _backup(options: argparse.Namespace, path: Path) -> int:
    target: Path = options.target
    if target.is_dir():
        target /= f"{site_text(options.file, 'id') or 'journal'}-{utc_now():%Y%m%dT%H%M%SZ}.db"
    made = backup(path, target, replace=options.force)
    if options.json:
        say(dump(made))
    else:
        say(f"{made.path}: {_held(made)}; checked: every fact is in it and proven")
        say("the site's private key is not in it: site.key in the storage folder is kept on its own")
    return GOOD


def _restore(options: argparse.Namespace, path: Path) -> int:
    done = restore(options.source, path.parent, utc_now())
    if options.json:
        say(dump(done))
        return GOOD
    say(f"{path}: restored from {done.copy.path}: {_held(done.copy)}")
    say(f"epoch {done.epoch} begins; OCPP 1.6 transaction numbers go on above {done.transaction_number:,}")
    if done.guessed:
        say("nothing told which numbers were given out since the copy, so a million was left free")
    say(f"the ledger before is at {done.aside}" if done.aside else "there was no ledger before")
    return GOOD


def _held(copy: Copy) -> str:
    age = "no fact"
    if copy.newest_at is not None:
        hours, rest = divmod(int((utc_now() - datetime.fromisoformat(copy.newest_at)).total_seconds()), 3600)
        age = f"the newest from {copy.newest_at}, {hours:,} h {rest // 60} min ago"
    return (
        f"{copy.bytes:,} bytes, {counted(copy.facts, 'fact')} and {counted(copy.blocks, 'sample block')}, "
        f"epoch {copy.epoch} up to fact {copy.head:,}, {age}"
    )


# Erasing


def _erase(options: argparse.Namespace, path: Path) -> int:
    before = _moment(options.before, _zone(options.file))
    which = Chosen(options.token, options.transaction, before)
    others = [str(each) for each in copies(path.parent)]
    if options.dry_run:
        with looked_into(path) as connection:
            there = find(connection, which)
        found = {"values": len(there.values), "rows": there.row_count, "settled": True}
    else:
        found = _erased(options.file, path.parent, which)
    if options.json:
        say(dump({**found, "dry_run": options.dry_run, "copies": others}))
        return GOOD
    done = "would be erased" if options.dry_run else "erased for good"
    say(f"{counted(found['values'], 'personal value')} beside facts and {counted(found['rows'], 'row')}: {done}")
    if not found["settled"]:
        say("a long read keeps copies in the write-ahead log; they go when it is next moved into the file")
    for each in others:
        say(f"{each}: holds a copy from before, which is not touched: remove it when it is not needed")
    return GOOD


def _erased(file: Path, folder: Path, which: Chosen) -> dict[str, Any]:
    async def here(journal: Journal, record: Record, now: datetime) -> dict[str, Any]:
        async def nobody(rows: object) -> None:
            """No rows are held in memory."""

        done = await erase(journal, record, now, which, nobody)
        return {"values": done.values, "rows": done.rows, "settled": done.settled}

    args = {
        "id_token": which.token,
        "transaction": which.transaction,
        "before": None if which.before is None else stamp(which.before),
    }
    args = {name: each for name, each in args.items() if each is not None}
    assert chosen(args).rule == which.rule
    return _here_or_there(file, folder, here, "erase_personal_data", args)


# Here or through the gateway


def _signed(file: Path, folder: Path) -> dict[str, Any]:
    async def here(journal: Journal, record: Record, now: datetime) -> dict[str, Any]:
        return signed(await sign(journal, record, now))

    return _here_or_there(file, folder, here, "sign_journal", {})


def _here_or_there(
    file: Path, folder: Path, here: Work[dict[str, Any]], command: str, args: dict[str, Any]
) -> dict[str, Any]:
    """Do it here, or have the gateway do it that has the ledger."""
    with looked_into(folder / FILE_NAME):
        pass  # a ledger that is not there must not come into being by this
    try:
        with _as_owner(folder):
            return asyncio.run(_open_for(folder, here))
    except InUse:
        outcome = control.Gateway(control_socket(file)).ask(
            "POST",
            f"/api/v1/commands?wait={GATEWAY_S / 3:.0f}",
            {"name": command, "args": args},
            timeout_s=GATEWAY_S,
        )
    if outcome["state"] != "done":
        raise control.Refused(outcome["reason"] or f"it is still {outcome['state']}; the gateway goes on with it")
    result: dict[str, Any] = outcome["result"]
    return result


async def _open_for(folder: Path, work: Work[T]) -> T:
    """Do `work` on the ledger, of which no gateway takes care now."""
    clock = SiteClock()
    ledger = Journal.open(folder, now=clock.now)
    clock.begin(ledger.newest)
    await ledger.start()

    async def record(fact: f.Fact) -> None:
        new = NewFact(uuid7(), fact, clock.now(), clock.state, encode(fact))
        await ledger.commit(Group(facts=[new]))

    try:
        for fact in ledger.beginning(clock.now()):
            await record(fact)
        return await work(ledger, record, clock.now())
    finally:
        await ledger.close()


@contextlib.contextmanager
def _as_owner(folder: Path) -> Iterator[None]:
    """Root works as the folder's owner, so that a file made here can be read and written by the gateway."""
    if os.geteuid() != 0:
        yield
        return
    owner = folder.stat()
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(os.getgid())


# Words


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A day, which begins by the site's calendar, or a time with its zone."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Wrong(f"{text!r} is no time; allowed: 2026-01-31, or 2026-01-31T18:00:00Z") from None
    if at.tzinfo is not None:
        return at
    if at.time() != time(0) or "T" in text or " " in text:
        raise _Wrong(f"{text!r} needs its zone, such as {text}Z")
    return at.replace(tzinfo=zone)


def _zone(file: Path) -> ZoneInfo:
    name = site_text(file, "timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        raise _Wrong(f"{file}: site.timezone {name!r} is not known") from None


def _complain(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(f"edgegw: {line}\n")


def _public(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise argparse.ArgumentTypeError("a public key is 64 hexadecimal digits; `edgegw journal key` tells it")
    return key


def _common(file: Path) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    return common


def _journal_parser(file: Path) -> argparse.ArgumentParser:
    common = _common(file)
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="for scripts")
    parser = argparse.ArgumentParser(prog="edgegw journal", description="Look into the ledger, prove it, copy it.")
    verbs = parser.add_subparsers(
        metavar="show | verify | stats | key | export | backup | restore", required=True, title="commands"
    )

    def add(
        name: str, run: Callable[[argparse.Namespace, Path], int], text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        verb = verbs.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[common, *parents]
        )
        verb.set_defaults(run=run)
        return verb

    showing = add("show", _show, "the newest facts, or one transaction's", as_json)
    showing.add_argument(
        "words", nargs="*", metavar="[tx] ID", help="a transaction: its facts; with tx: its bill and what proves it"
    )
    verifying = add("verify", _verify, "prove that no fact was changed, left out or put in", as_json)
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
    add("stats", _stats, "where the streams stand, and what waits for whom", as_json)
    add("key", _key, "the public half of the site's key", as_json)
    exporting = add("export", _export, "print facts and samples as JSON Lines")
    exporting.add_argument("--since", metavar="TIME", help="what happened from then on: a day, or a time with its zone")
    exporting.add_argument("--until", metavar="TIME", help="what happened before then")
    exporting.add_argument("--transaction", metavar="ID", help="facts of this one")
    exporting.add_argument("--type", help="facts of this type, such as cdr_closed; samples: sample blocks alone")
    exporting.add_argument("--personal", action="store_true", help="with personal values, which else are left out")
    exporting.add_argument("--proof", action="store_true", help="what proves one bill to who has no ledger")
    backing = add("backup", _backup, "copy the ledger, also while the gateway runs, and check the copy", as_json)
    backing.add_argument("target", type=Path, metavar="TARGET", help="a file, or a folder to make one in")
    backing.add_argument("--force", action="store_true", help="replace the file")
    restoring = add("restore", _restore, "put a copy in the place of the ledger, which is set aside", as_json)
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
    parser.set_defaults(run=_erase)
    return parser
