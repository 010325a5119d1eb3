"""How deep a value that comes from outside may be nested.

What is read may be nested deeper than what can be written: a fact holds the value some levels down, and its event in a
batch some more. One such value would be refused by the ledger each time it is tried, with all that waits behind it.
"""

from __future__ import annotations

from typing import Final

MAX_DEPTH: Final = 64
"""Objects and lists within each other. No message of OCPP and no command comes near it."""


def too_deep(value: object) -> bool:
    """Whether a value made of JSON is nested deeper than MAX_DEPTH."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)
