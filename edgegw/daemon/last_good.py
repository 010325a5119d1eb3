"""The last configuration that the gateway ran with, kept beside the ledger: it starts with that when an edit is wrong.

Two files, each with the name of what it is a copy of in its first line: the configuration, and its list of cards.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import Final

from edgegw.journal.durable import replace
from edgegw.settings import Invalid, Loaded, load
from edgegw.settings.peek import storage_folder
from edgegw.settings.schema import StorageSettings

log = logging.getLogger("edgegw")

CONFIGURATION: Final = "last-good.yaml"
TOKENS: Final = "last-good-tokens.yaml"
_FIRST: Final = "# The last good copy, made by the gateway, of "


def keep(loaded: Loaded, file: Path) -> None:
    """Keep a copy of `file`, which was read as `loaded`; one that is kept already is not written again. A disk that
    does not take it is no reason to stop."""
    folder, named = loaded.settings.storage.path, loaded.settings.authorization.tokens
    try:
        if load(file) != loaded:
            return  # edited since: whether that is good, a reload will tell
        _copy(file, folder / CONFIGURATION)
        if named is not None and named.exists():
            _copy(named, folder / TOKENS)
        else:
            (folder / TOKENS).unlink(missing_ok=True)
    except Invalid:
        return
    except OSError as error:
        log.warning("the last good configuration can't be kept: %s", error)


def _copy(file: Path, to: Path) -> None:
    content = _head(file) + file.read_bytes()
    if not to.exists() or to.read_bytes() != content:
        replace(to, content, 0o600)


def _head(file: Path) -> bytes:
    return f"{_FIRST}{file.resolve()}\n".encode()


def kept(file: Path) -> Loaded | None:
    """The last good configuration of `file`; None when there is none, or it is good no longer."""
    for folder in _folders(file):
        try:
            if not (folder / CONFIGURATION).read_bytes().startswith(_head(file)):
                continue
            return load(folder / CONFIGURATION, tokens=folder / TOKENS)
        except (Invalid, OSError):
            continue
    return None


def _folders(file: Path) -> list[Path]:
    """Where a copy may be: the folder that the file names, wrong as it may be, that of the unit, the usual one."""
    found = []
    with contextlib.suppress(Invalid):
        found.append(storage_folder(file))
    found += [Path(each) for each in os.environ.get("STATE_DIRECTORY", "").split(":") if each]
    return list(dict.fromkeys([*found, StorageSettings().path]))
