"""Validation of OCPP payloads by compiled JSON Schemas: tolerant for what stations send, strict for what we send.

The schemas are the files that the `ocpp` package ships for each version. They are found and read as files: importing
the package's modules costs 150 ms and brings a second validator. A schema is compiled (about 0.5 ms) when its message
is first met.

Tolerant means: a key that no schema knows, a vendor's own word in one of LENIENT_ENUMS, a text or a list that is too
long or empty, a number of too many digits, a date without a zone and the lack of what the site can do without
(`forgiven`) do not refuse the frame around them. Live stations send all of them, and a refused MeterValues is sent
again for ever. What is wrong beyond that is mended first, where it can be (`edgegw.stations.intake`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

import jsonschema_rs
import orjson

from edgegw.stations.codec import Version
from edgegw.stations.rpc import Code

SAMPLED_ENUMS: Final = frozenset(
    {"measurand", "unit", "location", "phase", "MeasurandEnumType", "LocationEnumType", "PhaseEnumType"}
)
"""Properties (1.6) and types (2.x) of a sampled value that are looked up as they are (`edgegw.stations.measurands`)."""

LENIENT_ENUMS: Final = frozenset(
    SAMPLED_ENUMS
    | {"context", "format", "errorCode", "reason", "status"}  # 1.6
    | {"ReadingContextEnumType", "ReasonEnumType", "BootReasonEnumType", "TriggerReasonEnumType", "IdTokenEnumType"}
    | {"ConnectorStatusEnumType", "FirmwareStatusEnumType", "PublishFirmwareStatusEnumType", "UploadLogStatusEnumType"}
)
"""Properties (1.6) and types (2.x) whose enum does not bind a station. The status of an answer does: what a station did
that says Perhaps is not known."""

_FORGIVEN: Final[Mapping[str, frozenset[str]]] = {
    "StartTransaction": frozenset({"meterStart"}),
    "StopTransaction": frozenset({"meterStop"}),
    "TransactionEvent": frozenset({"seqNo"}),
}
"""What a message may lack although its schema requires it: the transaction counts all the same."""

_LOOSE: Final = frozenset({"additionalProperties", "maxLength", "minItems", "maxItems", "multipleOf", "format"})
"""Keywords that do not bind a station."""

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

_WORDS: Final = {
    "Type": "is of the wrong type",
    "Enum": "is none of the words that are possible here",
    "Minimum": "is too small",
    "Maximum": "is too large",
    "MaxLength": "is too long",
    "MinItems": "has too few entries",
    "MaxItems": "has too many entries",
    "AdditionalProperties": "has a key that does not belong there",
}


@dataclass(slots=True)
class Violation:
    """What a payload breaks: an error code and one line that names the key, never its value."""

    code: Code
    text: str


class Schema:
    """The compiled schema of one message."""

    __slots__ = ("_validator",)

    def __init__(self, source: dict[str, Any], *, strict: bool) -> None:
        self._validator = validator(source, formats=strict)

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
        missing = getattr(error.kind, "property", "a key")
        what = f"{missing} is missing" if kind == "Required" else _WORDS.get(kind, f"breaks {kind}")
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
        if schema is None and self.knows(action, kind):
            source = self.source(action, kind)
            if not strict:
                source = tolerant(source, kind, forgiven(action, kind))
            schema = self._compiled[key] = Schema(source, strict=strict)
        return schema

    def knows(self, action: str, kind: Kind) -> bool:
        return action in (self.sends if kind == "send" else self.actions)

    def source(self, action: str, kind: Kind) -> dict[str, Any]:
        """The schema of a message of this version, as it was published."""
        source: dict[str, Any] = orjson.loads(self._path(action, kind).read_bytes().removeprefix(b"\xef\xbb\xbf"))
        return source

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


def validator(source: dict[str, Any], *, formats: bool) -> Any:
    """A compiled schema: `is_valid` and `iter_errors`."""
    draft = jsonschema_rs.Draft4Validator if "draft-04" in source["$schema"] else jsonschema_rs.Draft6Validator
    return draft(source, validate_formats=formats)


def is_lenient(name: str, kind: Kind) -> bool:
    """Whether the enum of a property (1.6) or of a type (2.x) does not bind a station."""
    return name in LENIENT_ENUMS and not (name == "status" and kind == "response")


def forgiven(action: str, kind: Kind) -> frozenset[str]:
    """What a message may lack at its top although OCPP requires it."""
    return _FORGIVEN.get(action, frozenset()) if kind == "request" else frozenset()


def tolerant(source: dict[str, Any], kind: Kind, may_lack: frozenset[str]) -> dict[str, Any]:
    """A copy of a schema that asks of a station only what binds it; `may_lack` is not required at its top."""
    loose: dict[str, Any] = without(source, _LOOSE, lambda name: is_lenient(name, kind))
    if may_lack:
        loose["required"] = [name for name in loose["required"] if name not in may_lack]
    return loose


def without(source: Any, keywords: frozenset[str], enums: Callable[[str], bool]) -> Any:
    """A copy of a schema without `keywords`, and without the enums of the properties and types that `enums` names."""
    if isinstance(source, list):
        return [without(part, keywords, enums) for part in source]
    if not isinstance(source, dict):
        return source
    left = {}
    for key, value in source.items():
        if key in keywords:
            continue
        if key in ("properties", "definitions"):
            left[key] = {
                name: {k: v for k, v in without(part, keywords, enums).items() if k != "enum" or not enums(name)}
                for name, part in value.items()
            }
        else:
            left[key] = without(value, keywords, enums)
    return left


def elsewhere(action: str, version: Version) -> str:
    """That `version` has no such action, in words for who looks for the reason: stations are set to one version and
    speak another."""
    others = [each for each in get_args(Version) if action in for_version(each).actions]
    if not others:
        return "this version has no such action"
    return f"this is an action of OCPP {' and '.join(others)}, and the station came as one of {version}"
