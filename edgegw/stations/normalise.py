"""What a station sends, brought into the form that its version asks for: the schema of a message as a tree of parts,
each of which knows how to read what live stations write in its place.

`Mender(source, ...).mend(payload)` gives a copy in which numbers written as text are numbers, words in another case are
the version's own, null is left out and so on, and in which what cannot be read is taken out: a key that may be missing,
an entry of a list. What has to be there and cannot be read stays, for the schema to refuse. Each change is a Tolerance,
named by a kind out of KINDS and the place in the schema, never by what the station wrote.

Pure, and only asked when a payload has not passed its schema (`edgegw.stations.intake`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from edgegw.stations.codec import Payload
from edgegw.stations.schemas import Kind, forgiven, is_lenient
from edgegw.stations.spellings import has_zone, nearest, number_in, time_in, truth_in

KINDS: Final[Mapping[str, str]] = {
    "cut_text": "writes texts that are too long to be kept, the end is left out",
    "fraction": "writes fractions where only whole numbers are possible, they are rounded",
    "frame": "sends frames that are not quite JSON or OCPP, they are read as they were meant",
    "key_case": "writes keys in other letter case, they are taken as meant",
    "left_out": "writes values that can't be what they should be, they are left out and the rest counts",
    "long_text": "writes longer texts than OCPP allows, they are taken whole",
    "missing": "leaves out what OCPP asks for, the usual value is taken",
    "null": "writes null where a value is not there, it is taken as missing",
    "number_as_text": "writes numbers as text, they are taken as numbers",
    "single_for_list": "writes a single entry where OCPP has a list, it is taken as a list of one",
    "size": "sends more or fewer entries, or more digits, than OCPP allows, they are taken",
    "text_as_number": "writes texts as numbers, they are taken as text",
    "text_for_object": "writes a plain text where OCPP has an object around it, it is taken as meant",
    "time_format": "writes times in a form of its own, they are taken where they can mean only one time",
    "time_without_zone": "writes times without a zone, they are taken as UTC",
    "unknown_key": "sends keys that this version of OCPP does not know, they are ignored",
    "vendor_word": "has words of its own, such as for a status or a reason, they are kept as they are",
    "whole_as_fraction": "writes whole numbers with a decimal point, they are taken as whole",
    "word_as_truth": "writes true and false as words or numbers, they are taken as meant",
    "word_case": "writes words in other letter case or another spelling, OCPP's own is taken",
}
"""Each kind of tolerance, with what an installer is told of a station that needs it."""

MOST_TEXT: Final = 255
"""Characters of a text that are taken whole, whatever its schema says: ids, names and words. Beyond, it is cut."""

WHOLE_UP_TO: Final = 16
"""A text whose schema allows more than MOST_TEXT is a document (a certificate, a signature): it is taken up to so many
times its size and never cut, as a part of one is worth nothing."""

ROUNDED: Final = frozenset({"meterStart", "meterStop", "timeSpentCharging", "remainingTime", "interval", "duration"})
"""Whole numbers that measure something, so that a fraction can be rounded. One in an id can't be."""

BEYOND_64_BITS: Final = 2**63

NOWHERE: Final = -1
"""The connector of a status that names none; in 2.x, where it is below the EVSE, that is the first."""

_DEFAULTS: Final[Mapping[tuple[str, str], Any]] = {
    ("Authorize", "type"): "ISO14443",
    ("BootNotification", "chargePointModel"): "unknown",
    ("BootNotification", "chargePointVendor"): "unknown",
    ("BootNotification", "chargingStation"): {"model": "unknown", "vendorName": "unknown"},
    ("BootNotification", "model"): "unknown",
    ("BootNotification", "reason"): "Unknown",
    ("BootNotification", "vendorName"): "unknown",
    ("GetConfiguration", "readonly"): False,
    ("MeterValues", "connectorId"): 0,
    ("StartTransaction", "connectorId"): 0,
    ("StartTransaction", "idTag"): "",
    ("StatusNotification", "connectorId"): NOWHERE,
    ("StatusNotification", "errorCode"): "NoError",
    ("StatusNotification", "evseId"): 0,
    ("StopTransaction", "transactionId"): 0,
    ("TransactionEvent", "triggerReason"): "Other",
    ("TransactionEvent", "type"): "ISO14443",
    ("", "encodingMethod"): "",
    ("", "publicKey"): "",
    ("", "signingMethod"): "",
}
"""What stands for a required value that is missing or unreadable, by action ("" for any) and key. Connector 0 is the
only one of a station that has one; transaction 0 the one that runs. A time that is missing is "", which the codecs take
for the time of arrival or, of a transaction, for that of a clock that was never set."""


_BARE: Final = "idToken"
"""Of an IdTokenType of 2.x, when a station writes a plain text for it."""


class Tolerance(NamedTuple):
    """`kind` is one of KINDS, `where` the place in the schema of the message, such as `meterValue.timestamp`."""

    kind: str
    where: str


class Mended(NamedTuple):
    payload: Payload
    tolerated: tuple[Tolerance, ...]


Notes = set[Tolerance]


class _Unfit:
    """Stands for a value that nothing can be made of."""


UNFIT: Final = _Unfit()


@dataclass(slots=True)
class Anything:
    def mend(self, value: Any, notes: Notes) -> Any:
        return value


@dataclass(slots=True)
class Text:
    where: str
    limit: int | None = None
    words: tuple[str, ...] = ()
    lenient: bool = True
    is_time: bool = False

    def mend(self, value: Any, notes: Notes) -> Any:
        if not isinstance(value, str):
            if not isinstance(value, bool | int | float):
                return UNFIT
            notes.add(Tolerance("text_as_number", self.where))
            value = _as_text(value)
        if self.words:
            return self._word(value, notes)
        if self.is_time:
            return self._time(value, notes)
        return value if self.limit is None or len(value) <= self.limit else self._long(value, notes)

    def _word(self, value: str, notes: Notes) -> Any:
        if value in self.words:
            return value
        meant = nearest(value, self.words)
        if meant is not None:
            notes.add(Tolerance("word_case", self.where))
            return meant
        if not self.lenient:
            return UNFIT
        notes.add(Tolerance("vendor_word", self.where))
        return value[:MOST_TEXT]

    def _time(self, value: str, notes: Notes) -> str:
        if has_zone(value):
            return value
        text, has_none = time_in(value)
        notes.add(Tolerance("time_without_zone" if has_none else "time_format", self.where))
        return text

    def _long(self, value: str, notes: Notes) -> Any:
        assert self.limit is not None
        if self.limit > MOST_TEXT and len(value) > WHOLE_UP_TO * self.limit:
            return UNFIT
        if self.limit <= MOST_TEXT < len(value):
            notes.add(Tolerance("cut_text", self.where))
            return value[:MOST_TEXT]
        notes.add(Tolerance("long_text", self.where))
        return value


def _as_text(value: bool | float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < BEYOND_64_BITS:
        return str(int(value))
    return str(value).lower()


@dataclass(slots=True)
class Number:
    where: str
    whole: bool
    least: float | None = None
    most: float | None = None
    rounded: bool = False
    step: float | None = None

    def mend(self, value: Any, notes: Notes) -> Any:
        if isinstance(value, str):
            number = number_in(value)
            if number is None:
                return UNFIT
            notes.add(Tolerance("number_as_text", self.where))
            value = number
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return UNFIT
        if self.whole and isinstance(value, float):
            if not value.is_integer() and not self.rounded:
                return UNFIT
            notes.add(Tolerance("whole_as_fraction" if value.is_integer() else "fraction", self.where))
            value = round(value)
        if isinstance(value, int) and abs(value) >= BEYOND_64_BITS:
            return UNFIT
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            return UNFIT
        if self.step is not None and abs(value / self.step - round(value / self.step)) > 1e-6:
            notes.add(Tolerance("size", self.where))
        return value


@dataclass(slots=True)
class Truth:
    where: str

    def mend(self, value: Any, notes: Notes) -> Any:
        if isinstance(value, bool):
            return value
        truth = truth_in(value)
        if truth is None:
            return UNFIT
        notes.add(Tolerance("word_as_truth", self.where))
        return truth


@dataclass(slots=True)
class Entries:
    where: str
    entry: Part
    least: int = 0
    most: int | None = None

    def mend(self, value: Any, notes: Notes) -> Any:
        if not isinstance(value, list):
            value = [value]
            notes.add(Tolerance("single_for_list", self.where))
        mended = [each for entry in value if (each := self.entry.mend(entry, notes)) is not UNFIT]
        if len(mended) < len(value):
            notes.add(Tolerance("left_out", self.where))
        if len(mended) < self.least or (self.most is not None and len(mended) > self.most):
            notes.add(Tolerance("size", self.where))
        return mended


@dataclass(slots=True)
class Field:
    """`forgiven`: required by OCPP and not by us."""

    part: Part
    required: bool = False
    default: Any = UNFIT
    forgiven: bool = False


@dataclass(slots=True)
class Fields:
    """An object. `closed` when its schema names every key that it may have; `bare` is the key of what a plain text
    in its place is."""

    where: str
    fields: dict[str, Field]
    closed: bool
    bare: str | None = None
    _folded: dict[str, str] = field(default_factory=dict)

    def mend(self, value: Any, notes: Notes) -> Any:
        if self.bare is not None and isinstance(value, str | int) and not isinstance(value, bool):
            notes.add(Tolerance("text_for_object", self.where))
            value = {self.bare: value}
        mended, fits = self.partly(value, notes)
        return mended if fits else UNFIT

    def partly(self, value: Any, notes: Notes) -> tuple[Any, bool]:
        """As `mend`, and whether everything that has to be there is; what is there and unfit stays as it is."""
        if not isinstance(value, dict):
            return value, False
        found = dict(value)
        if self.closed and not found.keys() <= self.fields.keys():
            self._strange(found, notes)
        fits = True
        for name, about in self.fields.items():
            given = found.get(name, UNFIT)
            if given is None:
                del found[name]
                notes.add(Tolerance("null", self._place(name)))
                given = UNFIT
            mended = given if given is UNFIT else about.part.mend(given, notes)
            if mended is given and given is not UNFIT:
                continue
            if mended is not UNFIT:
                found[name] = mended
            elif about.required:
                if about.default is UNFIT:
                    fits = False
                    continue
                notes.add(Tolerance("missing" if given is UNFIT else "left_out", self._place(name)))
                found[name] = about.default
            elif given is not UNFIT:
                notes.add(Tolerance("left_out", self._place(name)))
                del found[name]
            elif about.forgiven:
                notes.add(Tolerance("missing", self._place(name)))
        return found, fits

    def _strange(self, found: Payload, notes: Notes) -> None:
        """Take keys in other letter case as those that they mean, where those are not there."""
        if not self._folded:
            self._folded = {name.casefold(): name for name in self.fields}
        for key in [key for key in found if key not in self.fields]:
            meant = self._folded.get(key.casefold())
            if meant is not None and meant not in found:
                found[meant] = found.pop(key)
                notes.add(Tolerance("key_case", self._place(meant)))
            else:
                notes.add(Tolerance("unknown_key", self.where or "the message"))

    def _place(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name


Part = Anything | Text | Number | Truth | Entries | Fields


class Mender:
    """Mends payloads of one message. `source` is its schema as it was published."""

    def __init__(self, source: dict[str, Any], action: str, kind: Kind) -> None:
        self._definitions: Mapping[str, Any] = source.get("definitions", {})
        self._action = action
        self._kind = kind
        root = self._part("", "", {"properties": {}, **source})  # of some messages that are empty no key is named
        assert isinstance(root, Fields)
        self._root = root
        for name in forgiven(action, kind):
            root.fields[name] = Field(root.fields[name].part, forgiven=True)

    def mend(self, payload: Payload) -> Mended:
        """A copy that is as good as it gets, and what was tolerated for it."""
        notes: Notes = set()
        mended, _ = self._root.partly(payload, notes)
        return Mended(mended, tuple(sorted(notes)))

    def _part(self, name: str, where: str, about: Mapping[str, Any]) -> Part:
        if "$ref" in about:
            name = about["$ref"].rpartition("/")[2]
            about = self._definitions[name]
        match about.get("type"):
            case "object" if "properties" in about:
                fields = {key: self._field(key, where, about) for key in about["properties"]}
                bare = _BARE if _BARE in fields and "type" in fields else None
                return Fields(where, fields, about.get("additionalProperties") is False, bare)
            case "array":
                entry = self._part(name, where, about["items"])
                return Entries(where, entry, about.get("minItems", 0), about.get("maxItems"))
            case "string":
                words = tuple(about.get("enum", ()))
                is_time = about.get("format") == "date-time"
                return Text(where, about.get("maxLength"), words, is_lenient(name, self._kind), is_time)
            case "integer":
                rounded = name in ROUNDED
                return Number(where, True, about.get("minimum"), about.get("maximum"), rounded)
            case "number":
                return Number(where, False, about.get("minimum"), about.get("maximum"), False, about.get("multipleOf"))
            case "boolean":
                return Truth(where)
        return Anything()

    def _field(self, key: str, where: str, about: Mapping[str, Any]) -> Field:
        part = self._part(key, f"{where}.{key}" if where else key, about["properties"][key])
        if key not in about.get("required", ()):
            return Field(part)
        default = _DEFAULTS.get((self._action, key), _DEFAULTS.get(("", key), UNFIT))
        if default == NOWHERE and "evseId" in about["properties"]:
            default = 1
        if default is UNFIT and isinstance(part, Text) and part.is_time:
            default = ""
        return Field(part, required=True, default=default)
