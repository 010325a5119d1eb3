"""The local list of id tokens: `TOKEN: accepted`, or `TOKEN: {status, group, language}`, in a YAML file of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args, get_type_hints

from edgegw.model.site import Token
from edgegw.settings.document import Document, read
from edgegw.settings.findings import Finding, nearest, shown

STATUSES: tuple[str, ...] = get_args(get_type_hints(Token)["status"])
KEYS = ("status", "group", "language")


def read_tokens(path: Path | None) -> tuple[dict[str, Token], list[Finding]]:
    """The tokens of the file, and what is wrong with it. A file that is not there is an empty list (and a warning)."""
    if path is None or not os.path.exists(path):  # noqa: PTH110 (Path.exists raises where it may not look)
        return {}, []
    document = read(path)
    entries = document.data if document.data is not None else {}
    if not isinstance(entries, dict):
        text = f"must be a mapping of id tokens to a status, one a line, such as 04A1B2C3: {STATUSES[0]}"
        return {}, [*document.findings, document.finding((), text)]
    found: dict[str, Token] = {}
    wrong = list(document.findings)
    for name, entry in entries.items():
        faults = _faults(document, name, entry)
        wrong += faults
        if not faults:
            fields = entry if isinstance(entry, dict) else {"status": entry}
            found[name] = Token(name, **fields)
    return found, wrong


def _faults(document: Document, name: Any, entry: Any) -> list[Finding]:
    if not isinstance(name, str):
        return [document.finding((name,), f"the id token {name} must stand in quotes: a number loses its zeros")]
    if isinstance(entry, list):
        return [document.finding((name,), f"the file names each token by itself, with no list: TOKEN: {STATUSES[0]}")]
    fields = entry if isinstance(entry, dict) else {"status": entry}
    found = []
    for key, value in fields.items():
        place = (name, key) if isinstance(entry, dict) else (name,)
        if key not in KEYS:
            found.append(document.finding(place, f"unknown key; {nearest(str(key), KEYS)}"))
        elif key == "status" and value not in STATUSES:
            found.append(document.finding(place, f"{shown(value)} is not a status; allowed: {', '.join(STATUSES)}"))
        elif not isinstance(value, str):
            found.append(document.finding(place, f"{shown(value)} is not text; put it in quotes"))
    return found
