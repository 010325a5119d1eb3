"""Id tokens that differ in case alone are the same (OCPP 1.6 edition 2 section 7.28, CiString20Type; 2.0.1 part 2,
IdTokenType: identifierString is case-insensitive), and so are those with blanks, or the NULs that end a text in C,
around them, as some readers send them. What is stored, shown and sent keeps its spelling. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from edgegw.model.site import Site
from edgegw.model.state import State

PIN_DIGITS: Final = range(4, 9)
"""How many digits a PIN may have. Longer numbers are printed on cards, where others read them."""


def is_pin(id_token: str) -> bool:
    """Whether a token of the local list may be typed at the kiosk (OCPP 2.x IdTokenEnumType KeyCode)."""
    return id_token.isascii() and id_token.isdigit() and len(id_token) in PIN_DIGITS


def key(id_token: str) -> str:
    """What every spelling of a token has in common: in capitals, as most cards are written."""
    return id_token.strip("\0 \t\r\n").upper()


def same(one: str | None, other: str | None) -> bool:
    """Whether two tokens, or two groups, are the same one. None is nobody's."""
    return one == other or (one is not None and other is not None and key(one) == key(other))


def spellings(state: State, site: Site, id_token: str) -> tuple[str, ...]:
    """Every spelling of a token that the local list may have it in: its own first."""
    capitals = key(id_token)
    others = (*state.spelled.get(capitals, ()), *_of_file(_ById(site.tokens)).get(capitals, ()))
    return tuple(dict.fromkeys((id_token, capitals, *others)))


def listed(state: State, row_token: str) -> None:
    """Keep `State.spelled` in step: the local list has come to name a token in this spelling."""
    if (capitals := key(row_token)) != row_token:
        state.spelled[capitals] = (*state.spelled.get(capitals, ()), row_token)


def unlisted(state: State, row_token: str) -> None:
    """Keep `State.spelled` in step: no part of the local list names the token in this spelling any more."""
    if (capitals := key(row_token)) != row_token:
        left = tuple(each for each in state.spelled[capitals] if each != row_token)
        if left:
            state.spelled[capitals] = left
        else:
            del state.spelled[capitals]


class _ById:
    """A mapping that is looked up by which it is, not by what is in it: the file's list is the same until a reload."""

    __slots__ = ("held",)

    def __init__(self, held: Mapping[str, Any]) -> None:
        self.held = held

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.held is self.held


@lru_cache(maxsize=4)
def _of_file(tokens: _ById) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in _not_in_capitals(tokens.held):
        found[key(each)] = (*found.get(key(each), ()), each)
    return found


def _not_in_capitals(tokens: Mapping[str, Any]) -> Iterator[str]:
    return (each for each in tokens if key(each) != each)
