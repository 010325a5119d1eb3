"""The system instruction of one conversation, from rules kept as data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from edgegw.model.value import value
from edgegw.voice.conversation.quoting import plain
from edgegw.voice.languages import Language

MAX_INSTRUCTION = 8000
"""Letters. It is billed with every turn, and resuming a session with a long one has failed in the field."""
MAX_SPOTS = 1200
MAX_NAME = 60

_WEEKDAYS: Mapping[Language, Sequence[str]] = {
    "pt-BR": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


@value()
class Scene:
    """Where and when a conversation takes place."""

    assistant: str
    site: str
    labels: Sequence[str]
    """What the kiosk's spots are called."""
    tools: Sequence[str]
    """Names of the tools that the hub offers."""
    currency: str
    local: datetime
    """The site's own time."""


@cache
def rules() -> Mapping[str, Mapping[Language, str]]:
    """Every rule by its name, in every language."""
    data: Any = YAML(typ="safe").load(
        files("edgegw.voice.persona").joinpath("persona.yaml").read_text(encoding="utf-8")
    )
    return data  # type: ignore[no-any-return]


def instruction(scene: Scene, language: Language) -> str:
    """What the model is told before a driver says a word; at most MAX_INSTRUCTION letters."""
    filled = {
        "assistant": plain(scene.assistant)[:MAX_NAME],
        "site": _quoted(scene.site),
        "stations": _listed(scene.labels),
        "tools": ", ".join(scene.tools),
        "currency": scene.currency,
        "now": f"{scene.local:%H:%M}",
        "weekday": _WEEKDAYS[language][scene.local.weekday()],
    }
    lines = [texts[language] for texts in rules().values()]
    for name, text in filled.items():
        lines = [line.replace(f"{{{name}}}", text) for line in lines]
    return "\n".join(lines)[:MAX_INSTRUCTION]


def _quoted(name: str) -> str:
    # Braces would be filled in as if they were ours.
    return json.dumps(plain(name)[:MAX_NAME].replace("{", "(").replace("}", ")"), ensure_ascii=False)


def _listed(labels: Sequence[str]) -> str:
    """As many as there is room for: the tool's own schema has all of them."""
    text = ""
    for label in labels:
        more = f"{', ' if text else ''}{_quoted(label)}"
        if len(text) + len(more) > MAX_SPOTS:
            return f"{text}, …"
        text += more
    return text
