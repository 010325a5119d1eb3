"""Messages of BidiGenerateContent, from the server's side. Pure.

Clients mix `camelCase` and `snake_case` keys, and the real server takes both; `camel` makes one of them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

_OPAQUE: Final = frozenset({"args", "response", "parameters", "parametersJsonSchema", "properties"})
"""What lies below these belongs to the tools: their keys are left as they are."""

_STUDIO: Final = r"/ws/google\.ai\.generativelanguage\."
_METHOD: Final = r"\.GenerativeService\.BidiGenerateContent"
PATHS: Final = {
    "key": re.compile(_STUDIO + "(v1|v1alpha|v1beta)" + _METHOD),
    "token": re.compile(_STUDIO + "v1alpha" + _METHOD + "Constrained"),
    "vertex": re.compile(r"/ws/google\.cloud\.aiplatform\.(v1|v1beta1)\.LlmBidiService/BidiGenerateContent"),
}


class Door(NamedTuple):
    """How a client came: `kind` key, token or vertex; `credential` as it was shown."""

    kind: str
    credential: str


def door(path: str, headers: Mapping[str, str]) -> Door | tuple[int, str]:
    """The door for a path and its credential, or (HTTP status, reason)."""
    asked = path.partition("?")[0]
    kind = next((kind for kind, pattern in PATHS.items() if pattern.fullmatch(asked)), None)
    if kind is None:
        return 404, f"there is no service at {asked}"
    said = headers.get("Authorization") or ""
    if kind == "vertex":
        return Door(kind, said[7:]) if said.startswith("Bearer ") else (401, "a bearer token is needed")
    if kind == "token":
        return Door(kind, said[6:]) if said.startswith("Token auth_tokens/") else (401, "an ephemeral token is needed")
    key = headers.get("x-goog-api-key") or ""
    return Door(kind, key) if key else (403, "Method doesn't allow unregistered callers")


def camel(value: Any) -> Any:
    """The same message with keys in camelCase."""
    if isinstance(value, dict):
        found = {}
        for key, inner in value.items():
            name = re.sub(r"_([a-z])", lambda match: match[1].upper(), key)
            found[name] = inner if name in _OPAQUE else camel(inner)
        return found
    return [camel(each) for each in value] if isinstance(value, list) else value


def content(**fields: Any) -> dict[str, Any]:
    return {"serverContent": fields}


def audio(chunks: Iterable[bytes]) -> dict[str, Any]:
    """A piece of an answer, a part for each chunk."""
    parts = [
        {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(chunk).decode()}}
        for chunk in chunks
    ]
    return content(modelTurn={"role": "model", "parts": parts})


def usage(prompt: int, response: int, *, vertex: bool) -> dict[str, Any]:
    """Tokens; the two platforms name the answer's differently."""
    answer = "candidatesTokenCount" if vertex else "responseTokenCount"
    return {"usageMetadata": {"promptTokenCount": prompt, answer: response, "totalTokenCount": prompt + response}}
