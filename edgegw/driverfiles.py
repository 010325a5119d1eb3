"""Where driver files are found, and how one is read and held against its schema.

A driver is `KIND/NAME.yaml` in /etc/edgegw/drivers, in the installed package's data, or in the source tree; the first
one found wins, so that an installer can put a corrected file beside the shipped one. The form of a kind is in
`schema/`. Kinds are `meters` (register maps) and `stations` (quirks).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import jsonschema_rs
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

SITE_DRIVERS: Final = Path("/etc/edgegw/drivers")
SHIPPED_DRIVERS: Final = (Path(__file__).parent / "drivers", Path(__file__).parents[1] / "drivers")
"""The installed package's data; the source tree."""

T = TypeVar("T")

Where = tuple[str | int, ...]


class DriverError(Exception):
    """A driver that is missing or wrong. The text is for people: file, line, key, what is wrong."""


class Catalogue(Generic[T]):
    """The drivers of one kind on this machine, each read by `load` when it is asked for.

    `what` says what one is, such as `meter driver`. `folders` hold NAME.yaml; the first that has it wins.
    """

    def __init__(self, kind: str, what: str, load: Callable[[Path], T], folders: Sequence[Path] | None = None) -> None:
        self._what = what
        self._load = load
        self._folders = [root / kind for root in (SITE_DRIVERS, *SHIPPED_DRIVERS)] if folders is None else folders
        self._loaded: dict[Path, T] = {}

    def names(self) -> list[str]:
        return sorted({path.stem for folder in self._folders for path in folder.glob("*.yaml")})

    def known(self) -> list[str]:
        """What may be asked for."""
        return self.names()

    def path(self, name: str) -> Path:
        """The file of the driver `name`. Raises DriverError with the nearest names when there is none."""
        for folder in self._folders:
            path = folder / f"{name}.yaml"
            if path.parent == folder and path.is_file():
                return path
        near = difflib.get_close_matches(name, self.known(), n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise DriverError(f"there is no {self._what} {name!r}; {hint}edgegw drivers list shows them")

    def get(self, name: str) -> T:
        """The driver `name`. Raises DriverError when there is none or its file is wrong."""
        path = self.path(name)
        if path not in self._loaded:
            self._loaded[path] = self._load(path)
        return self._loaded[path]


def read(path: Path) -> tuple[str, Any]:
    """The text of a driver file and what it holds. Raises DriverError when it cannot be read or is no YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise DriverError(f"{path}: cannot be read: {error}") from None
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DriverError(f"{path}{line}: not YAML: {error.problem}") from None
    except YAMLError as error:
        raise DriverError(f"{path}: not YAML: {error}") from None


def checked(path: Path, schema: str, doubts: Callable[[Any], Iterable[tuple[Where, str]]] = lambda content: ()) -> Any:
    """What a driver file holds, when it is as `schema/SCHEMA` says and `doubts` finds nothing more.

    Raises DriverError naming the file, the line and every key that is wrong.
    """
    text, content = read(path)
    found = [(tuple(error.instance_path), error.message) for error in _schema(schema).iter_errors(content)]
    wrong = [f"{path}:{_line(text, at)}: {_key(at)}: {what}" for at, what in (*found, *doubts(content))]
    if wrong:
        raise DriverError("\n".join(wrong))
    return content


@cache
def _schema(name: str) -> jsonschema_rs.Validator:
    for root in SHIPPED_DRIVERS:
        path = root / "schema" / name
        if path.is_file():
            return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))
    raise DriverError(f"schema/{name} is missing from {SHIPPED_DRIVERS[0]}: the installation is not complete")


def _line(text: str, where: Where) -> int:
    """The line of `where`; the file is read again with positions only when something is wrong with it."""
    node = YAML(typ="rt").load(text)
    line = 0
    for key in where:
        try:
            line = (node.lc.key(key) if isinstance(key, str) else node.lc.item(key))[0]
            node = node[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line + 1


def _key(where: Where) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in where).lstrip(".") or "the file"
