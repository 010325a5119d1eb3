"""The prepared sentences, by language and name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from edgegw.voice.languages import LANGUAGES, Language


@cache
def texts() -> Mapping[Language, Mapping[str, str]]:
    """All of them."""
    data = YAML(typ="safe").load(files("edgegw.voice.prompts").joinpath("prompts.yaml").read_text(encoding="utf-8"))
    return {language: {name: each[language] for name, each in data.items()} for language in LANGUAGES}
