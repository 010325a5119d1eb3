"""What each command does with the ledger, and what it says of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from edgegw.daemon import control
from edgegw.daemon.care import chosen, signed
from edgegw.daemon.ledger.words import Senseless, moment, of_erasing, of_journal, zone_of
from edgegw.daemon.ledger.writing import here_or_there
from edgegw.hub.clock import utc_now
from edgegw.journal import Journal, JournalError, NewerDatabase, StorageError
from edgegw.journal.anchors import PUBLIC_FILE, public_key
from edgegw.journal.backup import Copy, backup, restore
from edgegw.journal.connection import DATABASE_ERRORS, storage_error
from edgegw.journal.erase import Chosen, copies, find
from edgegw.journal.export import Wanted, export, proof
from edgegw.journal.inspect import counted, say, show, show_account, stats, tell_checked, tell_verdict, walked
from edgegw.journal.maintenance import Record, erase, sign
from edgegw.journal.proof import Unreadable, check
from edgegw.journal.records import looked_into
from edgegw.journal.rows import dump, stamp
from edgegw.journal.store import FILE_NAME
from edgegw.settings import Invalid
from edgegw.settings.peek import site_text, storage_folder

GOOD, FAILED, USAGE, USELESS = 0, 1, 2, 78

Run = Callable[[argparse.Namespace, Path], int]
"""A command, with its words and the path of the ledger; the exit code."""


def journal(words: Sequence[str], file: Path) -> int:
    """`edgegw journal ...`; the exit code. `file` is the configuration unless -c names another."""
    options = of_journal(words, file)
    return _guarded(_VERBS[options.verb], options)


def erase_personal_data(words: Sequence[str], file: Path) -> int:
    """`edgegw erase-personal-data`; the exit code."""
    return _guarded(_erase, of_erasing(words, file))


def _guarded(run: Run, options: argparse.Namespace) -> int:
    """Run a command and say what kept it from its work."""
    path = options.file
    try:
        if run is _verify and options.proof is not None:
            return _verify_proof(options)
        path = storage_folder(options.file) / FILE_NAME
        return run(options, path)
    except Invalid as error:
        _complain(*(str(finding) for finding in error.findings))
        return USELESS
    except Senseless as error:
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


def _complain(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(f"edgegw: {line}\n")


# Looking


def _show(options: argparse.Namespace, path: Path) -> int:
    words = options.words
    if words[:1] == ["tx"]:
        if len(words) == 1:
            raise Senseless("show tx needs the id of a transaction; `journal show` names them")
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


def _signed(file: Path, folder: Path) -> dict[str, Any]:
    async def here(journal: Journal, record: Record, now: datetime) -> dict[str, Any]:
        return signed(await sign(journal, record, now))

    return here_or_there(file, folder, here, "sign_journal", {})


def _trusted(options: argparse.Namespace, path: Path) -> list[bytes]:
    own = public_key(path.parent)
    return [*options.key, *([] if own is None else [own])]


def _verify_proof(options: argparse.Namespace) -> int:
    if options.sign:
        raise Senseless("--sign is for the ledger, and not for a proof that was taken from it")
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
    zone = zone_of(options.file)
    with looked_into(path) as connection:
        if not options.proof:
            wanted = Wanted(
                moment(options.since, zone), moment(options.until, zone), options.transaction, options.type,
                options.personal,
            )  # fmt: skip
            for line in export(connection, wanted, site, utc_now()):
                say(line)
            return GOOD
        if options.transaction is None or options.since or options.until or options.type:
            raise Senseless("--proof is of one bill: it takes --transaction ID, and no other filter")
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
    before = moment(options.before, zone_of(options.file))
    which = Chosen(options.token, options.transaction, before)
    others = [str(each) for each in copies(path.parent)]
    if options.dry_run:
        with looked_into(path) as connection:
            there = find(connection, which)
        found: dict[str, Any] = {"values": len(there.values), "rows": there.row_count, "settled": True}
    else:
        found = _erased(options.file, path.parent, which)
    if options.json:
        say(dump({**found, "dry_run": options.dry_run, "copies": others}))
        return GOOD
    done = "would be erased" if options.dry_run else "erased for good"
    say(f"{counted(found['values'], 'personal value')} beside facts and {counted(found['rows'], 'row')}: {done}")
    asked = found.get("stations")
    if asked:
        say(f"asked to forget the token as well, those that are away when they come: {', '.join(asked)}")
    elif which.token is not None and not options.dry_run and asked is None:
        say("the gateway does not run, so no station was asked to forget the token: repeat this when it does")
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
    return here_or_there(file, folder, here, "erase_personal_data", args)


_VERBS: Mapping[str, Run] = {
    "show": _show,
    "verify": _verify,
    "stats": _stats,
    "key": _key,
    "export": _export,
    "backup": _backup,
    "restore": _restore,
}
