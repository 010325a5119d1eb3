"""YAML as plain values, with line and column of every key and value."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from edgegw.settings.findings import Finding

Key = tuple[Hashable, ...]
"""Where a value stands: keys and list indexes from the top."""

DEPTH = 50
"""Deeper nesting than this is no configuration."""

NODES = 100_000
"""More values than this are no configuration either: a few aliases of aliases can stand for billions."""


class _Misfit(ValueError):
    """What is YAML and yet not taken, with the place where it stands."""

    def __init__(self, node: Any, text: str) -> None:
        super().__init__(text)
        self.place = (node.start_mark.line + 1, node.start_mark.column + 1)


@dataclass(slots=True)
class Document:
    """Values of a file. `places` gives (line, column), from 1, of each key, and of the value where there is no key."""

    file: str
    data: Any = None
    places: dict[Key, tuple[int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def place(self, key: Key) -> tuple[int, int]:
        """The place of a key, or of the nearest one above it that is in the file."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, (1, 1))

    def finding(self, key: Key, message: str, *, warning: bool = False) -> Finding:
        line, column = self.place(key)
        return Finding(self.file, line, column, dotted(key), message, warning)


def dotted(key: Key) -> str:
    """`stations[0].evses[1].max_a` of ("stations", 0, "evses", 1, "max_a")."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read(path: Path) -> Document:
    """The values of a YAML file. What is no YAML, or says a key twice, is a finding of the document."""
    document = Document(str(path))
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        document.findings.append(
            Finding(str(path), 1, 1, "", "there is no such file; `edgegw check FILE` names another")
        )
        return document
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        document.findings.append(Finding(str(path), 1, 1, "", f"the file can't be read: {reason}"))
        return document
    reader = _Reader(document)
    try:
        document.data = reader.read(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        document.findings.append(
            Finding(str(path), line, column, "", f"this is not YAML: {str(error.problem).removeprefix('but ')}")
        )
    except _Misfit as error:
        document.findings.append(Finding(str(path), *error.place, "", str(error)))
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
        reason = f"the character #x{error.character:04x} is not allowed"
        document.findings.append(Finding(str(path), line, column, "", f"this is not YAML: {reason}"))
    except (YAMLError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        document.findings.append(Finding(str(path), 1, 1, "", f"this is not YAML: {reason}"))
    return document


class _Reader:
    """Makes plain values of YAML's nodes, and notes in the document where each key stands."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._yaml = YAML(typ="safe", pure=True)
        self._nodes = 0

    def read(self, text: str) -> Any:
        node = self._yaml.compose(text)
        return {} if node is None else self._value(node, ())

    def _value(self, node: Any, key: Key) -> Any:
        self._nodes += 1
        if len(key) > DEPTH:
            raise _Misfit(node, f"nested deeper than {DEPTH} levels")
        if self._nodes > NODES:
            raise _Misfit(node, f"more than {NODES} values, aliases counted as what they stand for")
        self._document.places.setdefault(key, _place(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if node.tag not in ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"):
            raise _Misfit(node, "tags are not used here; write the plain value")
        if isinstance(node, SequenceNode):
            return [self._value(item, (*key, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, key)

    def _scalar(self, node: ScalarNode) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        try:
            return self._yaml.constructor.construct_object(node)
        except MarkedYAMLError as error:
            raise _Misfit(node, "tags are not used here; write the plain value") from error
        except (ValueError, LookupError, ArithmeticError, TypeError) as error:  # each of them, of what a tag promised
            raise _Misfit(node, f"{node.value!r} does not fit its tag; write the plain value") from error

    def _mapping(self, node: MappingNode, key: Key) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for name_node, value_node in node.value:
            if name_node.tag == "tag:yaml.org,2002:merge":
                raise _Misfit(name_node, "<< is not used here; write the keys out, or give the whole value an alias")
            if not isinstance(name_node, ScalarNode):
                raise _Misfit(name_node, "a key is a single word")
            name = self._scalar(name_node)
            inner = (*key, name)
            if name in found:
                before = self._document.places[inner][0]
                line, column = _place(name_node)
                text = f"this key stands here a second time (first in line {before}); keep one"
                self._document.findings.append(Finding(self._document.file, line, column, dotted(inner), text))
                continue
            self._document.places[inner] = _place(name_node)
            found[name] = self._value(value_node, inner)
        return found


def _place(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
