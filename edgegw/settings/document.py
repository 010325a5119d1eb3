"""YAML as plain values, with line and column of every key and value."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from edgegw.settings.findings import Finding

Key = tuple[Hashable, ...]
"""Where a value stands: keys and list indexes from the top."""

DEPTH = 50
"""Deeper nesting than this is no configuration."""


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
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
        document.data = _value(document, yaml, node, ()) if node is not None else {}
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        document.findings.append(Finding(str(path), line, column, "", f"this is not YAML: {error.problem}"))
    except (YAMLError, ValueError, RecursionError) as error:
        document.findings.append(Finding(str(path), 1, 1, "", f"this is not YAML: {str(error).splitlines()[0]}"))
    return document


def _value(document: Document, yaml: YAML, node: Any, key: Key) -> Any:
    if len(key) > DEPTH:
        raise ValueError("it is nested too deep")
    document.places.setdefault(key, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, ScalarNode):
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        return yaml.constructor.construct_object(node)
    if isinstance(node, SequenceNode):
        return [_value(document, yaml, item, (*key, index)) for index, item in enumerate(node.value)]
    if isinstance(node, MappingNode):
        found: dict[Any, Any] = {}
        for name_node, value_node in node.value:
            name = _value(document, yaml, name_node, (*key, "<key>"))
            document.places.pop((*key, "<key>"), None)
            if not isinstance(name, Hashable):
                raise ValueError("a key is a single word")
            inner = (*key, name)
            place = (name_node.start_mark.line + 1, name_node.start_mark.column + 1)
            if name in found:
                before = document.places[inner][0]
                line, column = place
                text = f"this key stands here a second time (first in line {before}); keep one"
                document.findings.append(Finding(document.file, line, column, dotted(inner), text))
                continue
            document.places[inner] = place
            found[name] = _value(document, yaml, value_node, inner)
        return found
    raise ValueError("aliases and tags are not used here")
