"""What is wrong with the connection to the model, in words for the people who can mend it. Pure."""

from __future__ import annotations

from typing import Final, Literal

from edgegw.model.value import value
from edgegw.voice.live.session import CannotOpen

State = Literal["cloud_down", "key_missing", "budget_spent"]


@value()
class Finding:
    """`state` as the kiosk shows it; `kind` for machines; `text` for the operator."""

    state: State
    kind: str
    text: str


_KEY_WORDS: Final = (
    "api key",
    "api_key",
    "unauthenticated",
    "permission",
    "credential",
    "unregistered callers",
    "token",
)
_MODEL_WORDS: Final = (
    "is not found",
    "not supported for bidigeneratecontent",
    "no longer available",
    "publisher model",
)
_QUOTA_WORDS: Final = ("quota", "resource_exhausted", "rate limit", "billing")


def finding(error: CannotOpen, model: str) -> Finding:
    """What to tell about a session that could not be opened."""
    said = f": {error.reason}" if error.reason else ""
    reason = error.reason.lower()
    if error.kind == "no_key" and not error.reason:
        return Finding("key_missing", "no_key", "there is no key for the live model; voice.gemini.api_key names it")
    if error.kind == "no_key":
        return Finding("key_missing", "no_key", f"there are no usable credentials for the live model{said}")
    if error.kind == "no_network" and "certificate" in reason:
        return Finding(
            "cloud_down", "certificate",
            f"the live model's certificate is not accepted; is this machine's clock right?{said}",
        )  # fmt: skip
    if error.kind == "no_network":
        return Finding(
            "cloud_down", "no_network", f"the live model can't be reached; is there a way to the internet?{said}"
        )
    if error.kind == "slow":
        return Finding("cloud_down", "no_network", f"the live model does not answer{said}")
    if error.kind == "broken":
        return Finding("cloud_down", "settings", f"the live model can't be used with these settings{said}")
    if error.code == 429 or any(each in reason for each in _QUOTA_WORDS):
        return Finding("cloud_down", "quota", f"the live model's quota is used up, or billing is off{said}")
    if error.code == 404 or any(each in reason for each in _MODEL_WORDS):
        return Finding(
            "cloud_down", "model",
            f"the service does not offer the model {model}; voice.gemini.model and api_version name it{said}",
        )  # fmt: skip
    if error.code in (401, 403) or any(each in reason for each in _KEY_WORDS):
        return Finding(
            "key_missing", "key_refused", f"the live model refuses the key that voice.gemini.api_key names{said}"
        )
    return Finding("cloud_down", "service", f"the live model's service refuses a session ({error.code}){said}")


def lost(code: int, reason: str) -> Finding:
    """What to tell about a dialogue whose sessions keep ending."""
    return Finding(
        "cloud_down", "service", f"the live model ends each session ({code}){f': {reason}' if reason else ''}"
    )
