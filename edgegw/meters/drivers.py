"""Where drivers are found, and how a file becomes a Driver.

A driver is `meters/NAME.yaml` in /etc/edgegw/drivers, in the installed package's data, or in the source tree; the first
one found wins, so that an installer can put a corrected map beside the shipped one. Its form is
`schema/meter.json`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from edgegw.meters.plan import Unreadable, cost, plan
from edgegw.meters.registers import Driver, Identity, Point, RawType, SerialSettings

SITE_DRIVERS: Final = Path("/etc/edgegw/drivers")
SHIPPED_DRIVERS: Final = (Path(__file__).parents[1] / "drivers", Path(__file__).parents[2] / "drivers")
"""The installed package's data; the source tree."""


class DriverError(Exception):
    """A driver that is missing or wrong. The text is for people: file, line, key, what is wrong."""


class DriverCatalogue:
    """The drivers of this machine, read when asked for. `folders` hold NAME.yaml; the first that has it wins."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = [root / "meters" for root in (SITE_DRIVERS, *SHIPPED_DRIVERS)] if folders is None else folders
        self._loaded: dict[Path, Driver] = {}

    def names(self) -> list[str]:
        return sorted({path.stem for folder in self._folders for path in folder.glob("*.yaml")})

    def path(self, name: str) -> Path:
        """The file of the driver `name`. Raises DriverError with the nearest names when there is none."""
        for folder in self._folders:
            path = folder / f"{name}.yaml"
            if path.parent == folder and path.is_file():
                return path
        names = self.names()
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
        raise DriverError(
            f"there is no meter driver {name!r}; "
            + (f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(names) or 'none'}")
        )

    def get(self, name: str) -> Driver:
        """The driver `name`. Raises DriverError when there is none or its file is wrong."""
        path = self.path(name)
        if path not in self._loaded:
            self._loaded[path] = load(path)
        return self._loaded[path]


def load(path: Path) -> Driver:
    """Read one driver file. Raises DriverError naming the file, the line and every key that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        content = YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise DriverError(f"{path}: cannot be read: {error}") from None
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DriverError(f"{path}{line}: not YAML: {error.problem}") from None
    except YAMLError as error:
        raise DriverError(f"{path}: not YAML: {error}") from None
    wrong = [f"{path}:{_line(text, at)}: {_key(at)}: {what}" for at, what in _violations(content)]
    if wrong:
        raise DriverError("\n".join(wrong))
    driver = _driver(path.stem, content)
    try:
        plan(driver, cost(driver, driver.serial))
    except Unreadable as error:
        raise DriverError(f"{path}: points: {error}") from None
    return driver


Where = tuple[str | int, ...]


def _violations(content: Any) -> Iterator[tuple[Where, str]]:
    """Each place in `content` that is against the schema, and how."""
    for error in _schema().iter_errors(content):
        yield tuple(error.instance_path), error.message
    if not isinstance(content, dict) or not isinstance(points := content.get("points"), list):
        return
    seen: set[Any] = set()
    for index, point in enumerate(points):
        quantity = point.get("quantity") if isinstance(point, dict) else None
        if quantity is not None and quantity in seen:
            yield ("points", index, "quantity"), f"{quantity!r} stands here twice"
        seen.add(quantity)


@cache
def _schema() -> jsonschema_rs.Validator:
    for root in SHIPPED_DRIVERS:
        path = root / "schema" / "meter.json"
        if path.is_file():
            return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))
    raise DriverError(f"schema/meter.json is missing from {SHIPPED_DRIVERS[0]}: the installation is not complete")


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


def _driver(name: str, content: dict[str, Any]) -> Driver:
    """`content`, which has passed the schema, as a Driver."""
    identify, serial = content.get("identify"), content.get("serial")
    sentinels: dict[RawType, list[int]] = content.get("sentinels", {})
    return Driver(
        name=name,
        title=content["title"],
        word_order=content["word_order"],
        max_registers=content["max_registers"],
        points=tuple(Point(**{"function": content["function"], **point}) for point in content["points"]),
        answer_max_s=content["answer_ms"]["max"] / 1000,
        answer_typical_s=content["answer_ms"].get("typical", 0) / 1000,
        silence_s=content.get("silence_ms", 0) / 1000,
        even_only=content.get("even_only", False),
        barriers=frozenset(content.get("barriers", ())),
        sentinels={type_: frozenset(raws) for type_, raws in sentinels.items()},
        identity=Identity(**identify) if identify else None,
        serial=SerialSettings(**serial) if serial else None,
        unit=content.get("unit", 1),
        tier=content["tier"],
        confidence=content["confidence"],
        models=tuple(content.get("models", ())),
        setup=tuple(content.get("setup", ())),
        sources=tuple(content["sources"]),
    )
