"""The manual pages: edgegw(8) from the program's own parsers, edgegw.yaml(5) from the settings' models.

python -m deb.manual FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deb.commands import Parser, actions, commands, help_of, summary
from edgegw import __built__, __version__

TAGLINE = "gateway of an EV charging hub"


def program() -> str:
    """edgegw(8)."""
    found = list(commands())
    whole = found[0][1]
    lines = [
        _head("EDGEGW", 8),
        ".SH NAME",
        rf"edgegw \- {TAGLINE}",
        ".SH SYNOPSIS",
        r".B edgegw",
        r".I COMMAND",
        r"[\fIOPTION\fR ...]",
        ".SH DESCRIPTION",
        _text(
            "edgegw joins the charging stations of a site (OCPP 1.6, 2.0.1 and 2.1), its energy meters (Modbus) "
            "and its cloud (MQTT): it shares the current that there is, bills every charge in a ledger that "
            "survives a power cut, and goes on without the cloud. As a service it is started by edgegw.service "
            "and told of a changed configuration by edgegw reload."
        ),
        ".SH COMMANDS",
    ]
    for words, parser in found[1:]:
        parent = next(each for where, each in found if where == words[:-1])
        lines += _command(words, parser, summary(parent, words[-1]))
    lines += [".SH EXIT STATUS"]
    for code, text in re.findall(r"(\d+) ([^;.]+)", whole.epilog or ""):
        lines += [".TP", rf"\fB{code}\fR", _text(text.strip())]
    lines += [".SH ENVIRONMENT"]
    for name, text in (
        ("EDGEGW_CONFIG", "the configuration, instead of /etc/edgegw/edgegw.yaml"),
        ("EDGEGW_CREDENTIALS", "a folder of credentials, one file each"),
        ("EDGEGW_DEBUG", "when set, an internal error is shown with its traceback"),
    ):
        lines += [".TP", rf"\fB{name}\fR", _text(text)]
    lines += [".SH FILES"]
    for path, text in (
        ("/etc/edgegw/edgegw.yaml", "the configuration: see edgegw.yaml(5)"),
        ("/etc/edgegw/credentials/", "passwords and keys, one file each, for the gateway alone"),
        ("/etc/edgegw/drivers/", "own descriptions of meters and stations, before those of the package"),
        ("/var/lib/edgegw/", "the ledger"),
        ("/var/lib/edgegw-backup/", "its copies of the last seven days, by edgegw-backup.timer"),
        ("/run/edgegw/control.sock", "what the commands talk to; for root and the group edgegw"),
        ("/usr/share/doc/edgegw/examples/", "configurations to begin with"),
    ):
        lines += [".TP", rf"\fI{_escape(path)}\fR", _text(text)]
    lines += [".SH SEE ALSO", r"\fBedgegw.yaml\fR(5), \fBsystemctl\fR(1), \fBjournalctl\fR(1)"]
    return "\n".join(lines) + "\n"


def _command(words: list[str], parser: Parser, line: str) -> Iterator[str]:
    yield f".SS edgegw {_escape(' '.join(words))}"
    # argparse leaves a blank line between the lines of a long usage on some Pythons; words are all that counts here.
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    yield rf"\fB{_escape(usage)}\fR"
    yield ".PP"
    text = parser.description or line
    yield _text(text if text.endswith((".", ":")) else f"{text}.")
    for action in actions(parser):
        yield ".TP"
        yield _term(action)
        yield _text(help_of(action, parser) or "(no more to say)")
    if parser.epilog:
        yield ".PP"
        yield _text(parser.epilog)


def _term(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else None
    if value is None and action.choices is not None:
        value = "|".join(str(choice) for choice in action.choices)
    if value is None and action.nargs != 0:
        value = action.dest.upper()
    if not action.option_strings:
        return rf"\fI{_escape(value or action.dest)}\fR"
    options = ", ".join(rf"\fB{_escape(each)}\fR" for each in action.option_strings)
    return options if action.nargs == 0 else rf"{options} \fI{_escape(value or '')}\fR"


def configuration(schema: dict[str, Any]) -> str:
    """edgegw.yaml(5), from the JSON Schema of the file."""
    lines = [
        _head("EDGEGW.YAML", 5),
        ".SH NAME",
        rf"edgegw.yaml \- configuration of edgegw, {TAGLINE}",
        ".SH SYNOPSIS",
        r"\fI/etc/edgegw/edgegw.yaml\fR",
        ".SH DESCRIPTION",
        _text(
            "One YAML 1.2 file says what a site is. edgegw check names every error in it at once, with line and "
            "column; edgegw reload brings a changed file into force, or leaves the old one and says why. Keys "
            "that are not listed here are errors. A duration has its unit (15s, 5m, 2h, 30d), and so has a size "
            "(32KiB, 2GiB). Secrets do not stand in the file: {credential: NAME} is the content of the file NAME "
            "in the folder of credentials. In a list, each entry has the keys that stand below it with []."
        ),
        ".SH KEYS",
        *_keys(schema, schema.get("$defs", {}), ""),
        ".SH EXAMPLE",
        ".EX",
        "site: {id: paulista-01, timezone: America/Sao_Paulo}",
        "stations:",
        r"  \- {id: CP01, evses: [{id: 1, max_a: 32}]}",
        "supply: {limit_a: 125, building_max_a: 60}",
        ".EE",
        ".SH SEE ALSO",
        r"\fBedgegw\fR(8); the commented examples in \fI/usr/share/doc/edgegw/examples\fR",
    ]
    return "\n".join(lines) + "\n"


def _keys(schema: dict[str, Any], types: dict[str, Any], path: str) -> Iterator[str]:
    for key, given in schema.get("properties", {}).items():
        about = _resolved(given, types)
        where = f"{path}.{key}" if path else key
        required = "required" if key in schema.get("required", ()) else _default(about)
        yield ".TP"
        yield rf"\fB{_escape(where)}\fR ({_escape(', '.join(filter(None, [_kind(about, types), required])))})"
        yield _text(given.get("description") or about.get("description") or "see edgegw schema")
        yield from _inner(about, types, where)


def _inner(about: dict[str, Any], types: dict[str, Any], where: str) -> Iterator[str]:
    """The keys below a key: of a section, of a list's entries, of a table's entries, of each of several forms."""
    if "properties" in about:
        yield from _keys(about, types, where)
    if "items" in about:
        yield from _inner(_resolved(about["items"], types), types, f"{where}[]")
    if isinstance(about.get("additionalProperties"), dict):
        yield from _inner(_resolved(about["additionalProperties"], types), types, f"{where}.NAME")
    for form in [*about.get("anyOf", ()), *about.get("oneOf", ())]:
        yield from _inner(_resolved(form, types), types, where)


def _resolved(schema: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """A schema in the place of its reference; None among its forms is no form."""
    if "$ref" in schema:
        target = types[schema["$ref"].rpartition("/")[2]]
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    forms = [form for form in schema.get("anyOf", ()) if form.get("type") != "null"]
    if len(forms) == 1:
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**_resolved(forms[0], types), **rest}
    return schema


def _kind(about: dict[str, Any], types: dict[str, Any]) -> str:
    if "enum" in about:
        return " | ".join(json.dumps(each) if not isinstance(each, str) else each for each in about["enum"])
    if "const" in about:
        return str(about["const"])
    forms = [*about.get("anyOf", ()), *about.get("oneOf", ())]
    if forms:
        return " or ".join(dict.fromkeys(_kind(_resolved(form, types), types) for form in forms))
    if "properties" in about:
        return "section"
    kind = about.get("type", "any")
    if kind == "array":
        return "list"
    if kind == "object":
        return "table"
    if isinstance(kind, list):
        return " or ".join(kind)
    return str(kind)


def _default(about: dict[str, Any]) -> str:
    value = about.get("default")
    if value is None or isinstance(value, dict) or (isinstance(value, list) and json.dumps(value) == "[]"):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "" if len(text) > 60 else f"default {text}"


def _head(name: str, section: int) -> str:
    return f'.\\" Made by deb/manual.py.\n.TH {name} {section} "{__built__}" "edgegw {__version__}" "edgegw"'


def _text(text: str) -> str:
    """A paragraph in one line of source, safe from roff."""
    line = _escape(" ".join(text.split()))
    return rf"\&{line}" if line.startswith((".", "'")) else line


def _escape(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")


def main(folder: Path) -> None:
    os.environ.pop("EDGEGW_CONFIG", None)
    os.environ["COLUMNS"] = "100"
    from edgegw.settings.schemas import settings

    (folder / "edgegw.8").write_text(program(), encoding="utf-8")
    (folder / "edgegw.yaml.5").write_text(configuration(settings()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
