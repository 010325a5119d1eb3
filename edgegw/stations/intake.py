"""What comes from a station, taken in: valid as it is, mended, or refused.

Nearly all frames pass the first look, a compiled schema, and pay nothing else. What does not is mended
(`edgegw.stations.normalise`) and held against the tolerant schema (`edgegw.stations.schemas`), which alone refuses.
Pure, but for the schemas that are read and compiled when a message is first met.
"""

from __future__ import annotations

from functools import cache

import jsonschema_rs

from edgegw.stations.codec import Payload, Version
from edgegw.stations.normalise import Mended, Mender
from edgegw.stations.schemas import SAMPLED_ENUMS, Kind, Schemas, Violation, for_version, without


class Intake:
    """One message of one version."""

    __slots__ = ("_action", "_kind", "_looks_valid", "_mender", "_schemas")

    def __init__(self, schemas: Schemas, action: str, kind: Kind) -> None:
        self._schemas = schemas
        self._action = action
        self._kind: Kind = kind
        self._mender: Mender | None = None
        # A sampled value's own words are looked up in a table, which knows what to do with strange ones; and by draft 4
        # 1.0 is no integer, which to codecs and keys it is not either.
        source = without(schemas.source(action, kind), frozenset(), SAMPLED_ENUMS.__contains__)
        self._looks_valid = jsonschema_rs.Draft4Validator(source, validate_formats=True).is_valid

    def take(self, payload: Payload) -> Mended | Violation | None:
        """None when `payload` is valid as it is; else what it is mended to, or why it is refused."""
        try:
            if self._looks_valid(payload):
                return None
        except ValueError:  # nested deeper than the validator goes (255): the tolerant schema says so
            pass
        if self._mender is None:
            self._mender = Mender(self._schemas.source(self._action, self._kind), self._action, self._kind)
        mended = self._mender.mend(payload)
        tolerant = self._schemas.get(self._action, self._kind, strict=False)
        assert tolerant is not None, "the message is one of the version's own"
        violation = tolerant.violation(mended.payload)
        return mended if violation is None else violation


class Intakes:
    """The messages of one version, each compiled when it is first met. `intakes` gives the shared one."""

    def __init__(self, version: Version) -> None:
        self._schemas = for_version(version)
        self._known: dict[tuple[str, Kind], Intake] = {}
        self._folded: dict[str, str] = {}

    def get(self, action: str, kind: Kind) -> Intake | None:
        """The intake of a message; None when the version does not know `action`."""
        intake = self._known.get((action, kind))
        if intake is None and self._schemas.knows(action, kind):
            intake = self._known[action, kind] = Intake(self._schemas, action, kind)
        return intake

    def named(self, action: str) -> str | None:
        """The action whose name is `action` but for letter case and space around it, None for none or itself."""
        if not self._folded:
            self._folded = {name.casefold(): name for name in self._schemas.actions}
        found = self._folded.get(action.strip().casefold())
        return found if found != action else None


@cache
def intakes(version: Version) -> Intakes:
    return Intakes(version)
