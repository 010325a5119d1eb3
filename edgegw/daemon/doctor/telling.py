"""A finding in the words of one language."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from edgegw.daemon.doctor.texts import TEXTS, WORDS
from edgegw.daemon.doctor.values import Finding


@dataclass(frozen=True, slots=True)
class Told:
    """What is wrong, why it matters, and what mends it."""

    what: str
    why: str
    mend: str


def told(finding: Finding, language: str) -> Told:
    """`finding` in `language`, one of those of TEXTS."""
    values = _Named(finding.values)
    if finding.kind == "station":
        values = _Named(_of_station(finding.values, language))
    what, why, mend = (text.format_map(values) for text in TEXTS[language][finding.kind])
    return Told(what, why, mend)


class _Named(dict[str, Any]):
    """Values of a sentence. One that is missing or None stays a dash: a sentence with a hole is better than none."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({name: "-" if value is None else value for name, value in values.items()})

    def __missing__(self, key: str) -> str:
        return "-"


def _of_station(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The words of the page, which has them in all languages, around a station's finding."""
    inner = _Named(values["values"])
    words = WORDS[language]
    said, todo = _page("FINDINGS").get(language, {}).get(values["kind"], (values["text"], values["todo"]))
    reason = _page("REASONS").get(language, {}).get(str(inner.get("word", "")))
    if language != "en" and values["kind"] in _page("FINDINGS").get(language, {}):
        if "evse" in inner:
            inner["place"] = words["spot"].format(evse=inner["evse"]) if inner["evse"] else words["itself"]
        if reason is not None:
            inner["reason"], todo = reason
        said, todo = said.format_map(inner), todo.format_map(inner)
    return {"text": said, "todo": todo, "why": words["station"]}


@cache
def _page(name: str) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """The table `name` of the page's `findings.js`, by language and kind: each row of it is a JSON list."""
    text = files("edgegw.web").joinpath("page/findings.js").read_text(encoding="utf-8")
    _, _, table = text.partition(f"export const {name} = {{\n")
    table = table.partition("\n};\n")[0]
    found: dict[str, dict[str, tuple[str, str]]] = {}
    language = ""
    for line in table.splitlines():
        if opening := re.fullmatch(r'  "?([\w-]+)"?: \{', line):
            language = opening[1]
            found[language] = {}
        elif row := re.fullmatch(r"    (\w+): (\[.*\]),", line):
            said, todo = json.loads(row[2])
            found[language][row[1]] = (said, todo)
    return found
