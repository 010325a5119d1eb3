"""Reading the installer's file: YAML, the model, the checks across sections; every finding at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from edgegw.model.site import Token
from edgegw.settings.checks import errors_across, warnings_about
from edgegw.settings.document import Document, Key, read
from edgegw.settings.findings import Finding, nearest, wording
from edgegw.settings.schema import Settings


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


def load(path: Path) -> Loaded:
    """Read the file at `path`. Raises Invalid with every error that could be found in one go."""
    document = read(path)
    errors = list(document.findings)
    settings: Settings | None = None
    if document.data is not None:
        try:
            settings = Settings.model_validate(document.data)
        except ValidationError as error:
            errors += [_finding(document, each) for each in error.errors(include_url=False)]
    if settings is None or errors:
        raise Invalid(_in_order(errors))
    errors = errors_across(document, settings)
    tokens, wrong = _tokens(settings)
    errors += wrong
    if errors:
        raise Invalid(_in_order(errors))
    return Loaded(settings, tokens, _in_order(warnings_about(document, settings)))


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.column))


def _finding(document: Document, error: Any) -> Finding:
    """A pydantic error as a finding: union tags that are in no file leave the path, unknown keys meet known ones."""
    key: Key = ()
    value: Any = document.data
    for part in error["loc"]:
        if (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int)):
            value = value[part]
            key = (*key, part)
        elif error["type"] == "missing" and part == error["loc"][-1]:
            key = (*key, part)
    if error["type"] == "extra_forbidden":
        known = _keys_at(key[:-1], document.data)
        return document.finding(key, f"unknown key; {nearest(str(key[-1]), known)}")
    return document.finding(key, wording(error, value))


def _keys_at(key: Key, data: Any) -> list[str]:
    """The keys that the model allows at a place of the file."""
    models: list[Any] = [Settings]
    value = data
    for part in key:
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
    fitting = [model for model in models if isinstance(value, dict) and _required(model) & set(value)] or models
    return [item.alias or name for model in fitting for name, item in model.model_fields.items()]


def _required(model: Any) -> set[str]:
    return {item.alias or name for name, item in model.model_fields.items() if item.is_required()}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for each in get_args(annotation) for model in _models_in(each)]


def _tokens(settings: Settings) -> tuple[dict[str, Token], list[Finding]]:
    """The local list that the file names: `TOKEN: accepted`, or `TOKEN: {status, group, language}`."""
    path = settings.authorization.tokens
    if path is None or not path.exists():
        return {}, []
    document = read(path)
    found: dict[str, Token] = {}
    wrong = list(document.findings)
    statuses = ("accepted", "blocked", "expired", "invalid")
    entries = document.data or {}
    if not isinstance(entries, dict):
        return {}, [document.finding((), "must be a mapping of id tokens to a status")]
    for name, entry in entries.items():
        fields = entry if isinstance(entry, dict) else {"status": entry}
        for key in sorted(set(fields) - {"status", "group", "language"}):
            wrong.append(document.finding((name, key), f"unknown key; {nearest(key, ('status', 'group', 'language'))}"))
        status = fields.get("status", "accepted")
        if status not in statuses:
            wrong.append(document.finding((name,), f"{status!r} is not a status; allowed: {', '.join(statuses)}"))
        else:
            found[str(name)] = Token(str(name), status, fields.get("group"), fields.get("language"))
    return found, wrong
