"""Reading the installer's file: YAML, the model, the checks across sections; every finding at once."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from edgegw.model.site import Token
from edgegw.settings.advice import warnings_about
from edgegw.settings.checks import errors_across, errors_of_fallback
from edgegw.settings.document import Document, Key, read
from edgegw.settings.findings import Finding, nearest, wording
from edgegw.settings.schema import Settings
from edgegw.settings.tokens import read_tokens


class Invalid(Exception):
    """The file can't be used. `findings` say why, all at once."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that can be used, with the local token list that it names and what should be known about it."""

    settings: Settings
    tokens: dict[str, Token]
    warnings: list[Finding]


def load(path: Path, *, tokens: Path | None = None) -> Loaded:
    """Read the file at `path`. Raises Invalid with every error that could be found in one go. `tokens`: another list of
    cards than the file names."""
    document = read(path)
    errors = list(document.findings)
    settings: Settings | None = None
    cards: dict[str, Token] = {}
    if document.data is not None:
        settings, wrong = _validated(document)
        errors += wrong
        if settings is not None:
            errors += _unrelated(errors_across(document, settings), errors)
            cards, wrong = read_tokens(tokens or settings.authorization.tokens)
            errors += wrong
            if not errors:  # of a site that is sound in itself
                errors += errors_of_fallback(document, settings)
    if settings is None or errors:
        raise Invalid(_in_order(errors))
    return Loaded(settings, cards, _in_order(warnings_about(document, settings, cards)))


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(dict.fromkeys(findings), key=lambda finding: (finding.file, finding.line, finding.column))


def _validated(document: Document) -> tuple[Settings | None, list[Finding]]:
    """The settings and what is wrong. With errors they are those of the file without its wrong keys, so that the rest
    can be looked at too; None where nothing is left to look at.
    """
    try:
        return Settings.model_validate(document.data), []
    except ValidationError as error:
        wrong = error.errors(include_url=False)
    located = [(_key(document.data, each), each) for each in wrong]
    rest = copy.deepcopy(document.data)
    whole = all(_cut(rest, key[:-1] if each["type"] == "missing" else key) for key, each in located)
    try:
        settings = Settings.model_validate(rest) if whole else None
    except ValidationError:  # a key that has to be there was one of them
        settings = None
    return settings, _findings(document, located)


def _key(data: Any, error: Any) -> Key:
    """Where in the file a pydantic error is: tags of unions are in its path, but in no file."""
    key: Key = ()
    for part in error["loc"]:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]
            key = (*key, part)
        elif error["type"] == "missing" and part == error["loc"][-1]:
            key = (*key, part)
    return key


def _cut(data: Any, key: Key) -> bool:
    """Take one key of a mapping away; False for the whole file, and for an item of a list: the next would slip up."""
    for part in key[:-1]:
        if part not in (data if isinstance(data, dict) else range(len(data))):
            return True  # it went with one above it
        data = data[part]
    if not key or not isinstance(data, dict):
        return False
    data.pop(key[-1], None)
    return True


def _findings(document: Document, located: list[tuple[Key, Any]]) -> list[Finding]:
    found: dict[Key, str] = {}
    for key, error in located:
        value = document.data
        for part in key if error["type"] != "missing" else key[:-1]:
            value = value[part]
        if error["type"] == "extra_forbidden":
            text = f"unknown key; {nearest(str(key[-1]), _keys_at(key, document.data))}"
        else:
            text = wording(error, value)
        if key in found and error["type"] == "literal_error":
            # One of several things that may stand here: said behind what was wrong with the first.
            text = f"{found[key]}; also allowed: {text.rpartition('allowed: ')[2]}"
        found[key] = text
    return [document.finding(key, text) for key, text in found.items()]


_LISTENERS = ("ocpp.listen", "web", "metrics")
_RESTS_ON = {
    "circuit": ("supply",),
    "tariff": ("tariffs",),
    "measures": ("supply", "stations"),
    "parent": ("supply.circuits",),
    "phases": ("supply",),
    "security_profile": ("ocpp.listen", "."),
    "port": _LISTENERS,
    "listen": _LISTENERS,
}
"""Where else the rules across sections look, by the last word of the key that they speak of; `.` is beside it."""


def _unrelated(found: list[Finding], errors: list[Finding]) -> list[Finding]:
    """Of what does not fit together, that which does not merely follow from a key that is wrong in itself."""
    wrong = [error.key for error in errors]

    def follows(key: str) -> bool:
        above, _, word = key.rpartition(".")
        rests_on = tuple(f"{above}." if place == "." else place for place in _RESTS_ON.get(word, ()))
        return any(each == key or each.startswith(rests_on) for each in wrong)

    return [each for each in found if not follows(each.key)]


def _keys_at(key: Key, data: Any) -> list[str]:
    """The keys that the model allows beside an unknown one."""
    models: list[Any] = [Settings]
    value = data
    for part in key[:-1]:
        value = value[part]
        if isinstance(part, int):
            continue
        annotations = []
        for model in models:
            for name, item in model.model_fields.items():
                if (item.alias or name) == part:
                    annotations.append(item.annotation)
        found = [each for annotation in annotations for each in _models_in(annotation)]
        # A mapping of names, such as tariffs, is one level without a model of its own.
        models = found or models
    fitting = [model for model in models if key[-1] not in _keys(model) and _keys(model, required=True) & set(value)]
    return [name for model in fitting or models for name in _keys(model)]


def _keys(model: Any, *, required: bool = False) -> set[str]:
    fields = model.model_fields.items()
    return {item.alias or name for name, item in fields if item.is_required() or not required}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for each in get_args(annotation) for model in _models_in(each)]
