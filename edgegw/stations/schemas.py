"""Validation of OCPP payloads by compiled JSON Schemas: tolerant for what stations send, strict for what we send.

The schemas are the files that the `ocpp` package ships for each version. They are found and read as files: importing
the package's modules costs 150 ms and brings a second validator. A schema is compiled (about 0.5 ms) when its message
is first met.

Tolerant means: a key that no schema knows, a vendor's own word in one of LENIENT_ENUMS and a date without a zone do
not refuse the frame around them. Live stations send all three, and a refused MeterValues is sent again for ever.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import jsonschema_rs
import orjson

from edgegw.stations.codec import Version
from edgegw.stations.rpc import Code

LENIENT_ENUMS: Final = frozenset(
    {"measurand", "unit", "context", "location", "phase", "format", "errorCode", "reason"}  # 1.6: names of properties
    | {"MeasurandEnumType", "LocationEnumType", "PhaseEnumType", "ReadingContextEnumType", "ReasonEnumType"}  # 2.x
)
"""Properties (1.6) and types (2.x) whose enum does not bind a station."""

Kind = Literal["request", "response", "send"]

_FOLDERS: Final = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}

_CODES: Final = {
    "Required": Code.OCCURRENCE,
    "MinItems": Code.OCCURRENCE,
    "MaxItems": Code.OCCURRENCE,
    "Type": Code.TYPE,
    "AdditionalProperties": Code.FORMAT,
}
"""Failed JSON Schema keyword to error code; any other keyword is about a value: PropertyConstraintViolation."""


@dataclass(slots=True)
class Violation:
    """What a payload breaks: an error code and one line that names the key, never its value."""

    code: Code
    text: str


class Schema:
    """The compiled schema of one message."""

    __slots__ = ("_validator",)

    def __init__(self, source: dict[str, Any], *, strict: bool) -> None:
        draft = jsonschema_rs.Draft4Validator if "draft-04" in source["$schema"] else jsonschema_rs.Draft6Validator
        self._validator = draft(source if strict else _tolerant(source), validate_formats=strict)

    def violation(self, payload: object) -> Violation | None:
        """The first thing that is wrong with `payload`, None when it is valid."""
        try:
            if self._validator.is_valid(payload):
                return None
            error = next(self._validator.iter_errors(payload))
        except ValueError:  # nested deeper than the validator goes (255)
            return Violation(Code.FORMAT, "nested too deep")
        kind = type(error.kind).__name__.rpartition("_")[2]
        where = "/".join(str(step) for step in error.instance_path) or "payload"
        what = f"{getattr(error.kind, 'property', 'a key')} is missing" if kind == "Required" else f"breaks {kind}"
        return Violation(_CODES.get(kind, Code.PROPERTY), f"{where}: {what}")


class Schemas:
    """The messages of one OCPP version, compiled when first asked for. `for_version` gives the shared one."""

    def __init__(self, version: Version) -> None:
        self.version: Version = version
        self._folder = _package_folder() / _FOLDERS[version] / "schemas"
        names = {path.stem for path in self._folder.glob("*.json")}
        if version == "1.6":
            self.actions = frozenset(name for name in names if not name.endswith("Response"))
        else:
            self.actions = frozenset(name.removesuffix("Request") for name in names if name.endswith("Request"))
        self.sends = frozenset({"NotifyPeriodicEventStream"} & names)
        self._compiled: dict[tuple[str, Kind, bool], Schema] = {}

    def get(self, action: str, kind: Kind, *, strict: bool) -> Schema | None:
        """The schema of a message; None when the version does not know `action`."""
        key = (action, kind, strict)
        schema = self._compiled.get(key)
        if schema is None and action in (self.sends if kind == "send" else self.actions):
            source = orjson.loads(self._path(action, kind).read_bytes().removeprefix(b"\xef\xbb\xbf"))
            schema = self._compiled[key] = Schema(source, strict=strict)
        return schema

    def _path(self, action: str, kind: Kind) -> Path:
        if kind == "response":
            return self._folder / f"{action}Response.json"
        return self._folder / (f"{action}.json" if self.version == "1.6" or kind == "send" else f"{action}Request.json")


@cache
def for_version(version: Version) -> Schemas:
    return Schemas(version)


def _package_folder() -> Path:
    spec = importlib.util.find_spec("ocpp")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the `ocpp` package, which holds the schemas of OCPP, is not installed")
    return Path(spec.origin).parent


def _tolerant(source: Any) -> Any:
    """A copy of a schema without `additionalProperties` and without the enums of LENIENT_ENUMS."""
    if isinstance(source, list):
        return [_tolerant(part) for part in source]
    if not isinstance(source, dict):
        return source
    loose = {}
    for key, value in source.items():
        if key == "additionalProperties":
            continue
        if key in ("properties", "definitions"):
            loose[key] = {
                name: {k: v for k, v in _tolerant(part).items() if k != "enum" or name not in LENIENT_ENUMS}
                for name, part in value.items()
            }
        else:
            loose[key] = _tolerant(value)
    return loose
