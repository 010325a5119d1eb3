"""The tables of docs/cloud.md that are made of the catalogues. `python -m tests.support.catalogue` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from edgegw.model.commands import CATALOGUE
from tests.support.contract import DOCUMENT

GUIDE = Path(__file__).parents[2] / "docs" / "cloud.md"


def commands() -> Iterator[str]:
    yield "| command | arguments | |"
    yield "|---|---|---|"
    for name, entry in CATALOGUE.items():
        arguments = (f"`{each.name}`{'' if each.required else '?'}" for each in entry.arguments)
        where = "" if entry.at_station else " (hub)"
        yield f"| `{name}`{where} | {', '.join(arguments) or 'none'} | {entry.about} |"


def facts() -> Iterator[str]:
    yield "| fact | data |"
    yield "|---|---|"
    schemas = DOCUMENT["components"]["schemas"]
    for each in schemas["fact_event"]["oneOf"]:
        name = each["properties"]["data"]["$ref"].rpartition("/")[2]
        keys = (f"`{key}`{'' if key in schemas[name]['required'] else '?'}" for key in schemas[name]["properties"])
        yield f"| `{name}` | {', '.join(keys) or 'nothing'} |"


def renewed(text: str) -> str:
    """The guide with its tables as they must be today."""
    for name, lines in (("facts", facts()), ("commands", commands())):
        table = "\n".join(lines)
        text, times = re.subn(
            rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- end -->)",
            lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text, count=1, flags=re.DOTALL,
        )  # fmt: skip
        assert times == 1, name
    return text


if __name__ == "__main__":
    GUIDE.write_text(renewed(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
