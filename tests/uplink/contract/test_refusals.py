"""What a schema of a message to the gateway refuses, the gateway refuses, too; what it shows as right is taken."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edgegw.core.desired import decide_desired
from edgegw.core.unfit import Unfit
from edgegw.uplink.codec.asking import decode_document, decode_response, word
from edgegw.uplink.codec.messages import BadMessage, Refusal, decode_acknowledgement, decode_command
from tests.support.contract import validator
from tests.support.world import World

JUNK: list[Any] = [None, True, 0, -1, 1.5, 2**60, "", "x", "-1", "x" * 300, [], ["x"], {}, {"x": 1}]
"""Values that a careless sender puts anywhere."""


def _answered(body: Any) -> None:
    _, rest = decode_response(json.dumps(body).encode())
    word("CARD1", rest)


def _desired(name: str) -> Callable[[Any], None]:
    def take(body: Any) -> None:
        world = World()
        decide_desired(world.state, name, decode_document(json.dumps(body).encode()), world.context)

    return take


def _ordered(body: Any) -> None:
    found = decode_command("reset", json.dumps(body).encode())
    if isinstance(found, Refusal):
        raise BadMessage(found.reason)


def _acknowledged(body: Any) -> None:
    decode_acknowledgement(json.dumps(body).encode())


LATER = "2099-01-01T00:00:00Z"

CASES: dict[str, tuple[Callable[[Any], None], Any]] = {
    "watermark": (_acknowledged, {"epoch": "e", "sequence": "7"}),
    "nack": (_acknowledged, {"epoch": "e", "nack": ["3", "2000000000000000000"]}),
    "authorize_answer": (
        _answered, {"id": "q", "status": "accepted", "group": "g", "language": "pt-BR", "expires_at": LATER}
    ),
    "tokens": (
        _desired("tokens/0"),
        {
            "rev": 1,
            "tokens": [
                {"id_token": "C", "status": "blocked", "group": "g", "language": "en", "expires_at": LATER}
            ],
        },
    ),
    "tariffs": (
        _desired("tariffs"),
        {
            "rev": 1, "effective_from": LATER,
            "tariffs": {
                "day": {
                    "energy_kwh": "1.89", "session": 2, "idle_minute": {"price": "0.5", "after": "10m"},
                    "tax_percent": "0",
                    "periods": [{"days": ["mon"], "from": "18:00", "to": "24:00", "energy_kwh": "2"}],
                }
            },
        },
    ),
    "limits": (
        _desired("limits"), {"rev": 1, "limits": {"site": {"limit_a": 6.5, "limit_w": 9, "until": LATER}}}
    ),
    "stations": (_desired("stations"), {"rev": 1, "stations": {"X1": {"boot": "accepted"}}}),
    "command_reset": (
        _ordered,
        {"id": "c", "name": "reset", "args": {"station": "CP01", "kind": "hard"}, "expires_at": LATER, "wait": True,
         "by": {"name": "ana", "proof": "totp"}},
    ),
}  # fmt: skip


def _spoiled(node: Any) -> Iterator[Any]:
    """Copies of `node` in which one value is junk, gone, or not known."""
    if isinstance(node, dict):
        yield {**node, "not_known": 1}
        for key, value in node.items():
            yield {name: each for name, each in node.items() if name != key}
            yield from ({**node, key: each} for each in (*JUNK, *_spoiled(value)))
    elif isinstance(node, list):
        yield [*node, *node]
        for place, value in enumerate(node):
            yield from ([*node[:place], each, *node[place + 1 :]] for each in (*JUNK, *_spoiled(value)))


def _is_taken(take: Callable[[Any], None], body: Any) -> bool:
    try:
        take(body)
    except (BadMessage, Unfit):
        return False
    return True


@pytest.mark.parametrize("name", CASES)
def test_what_the_schema_refuses_is_refused(name: str) -> None:
    take, good = CASES[name]
    schema = validator(name)
    assert schema.is_valid(good)
    take(good)
    refused = 0
    for body in _spoiled(copy.deepcopy(good)):
        if name == "command_reset" and body.get("args") != good["args"]:
            continue  # arguments are judged by the catalogue: tests/core/test_command_arguments.py
        if not schema.is_valid(body):
            refused += 1
            assert not _is_taken(take, body), f"taken: {body}"
    assert refused > 10
