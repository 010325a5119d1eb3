"""What the cloud still has to be told about its commands. No I/O.

A command is answered when it has been recorded, and again when it is dispatched and when it ends; what comes late
(`received` after `done`) is not said. Without a connection the newest state of each is kept until there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgegw.model.commands import ENDED, Outcome

MAX_REMEMBERED = 1000


@dataclass(slots=True)
class Asked:
    """Where the answers to a command go: its topic and, on MQTT 5, the asker's correlation data."""

    topic: str
    correlation: bytes | None = None
    told: int = -1


class Answers:
    """Answers by command id. Bounded: of more than MAX_REMEMBERED commands the oldest are forgotten, stream A has
    their facts all the same."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}
        self._owed: dict[str, Outcome] = {}

    def asked(self, id: str, topic: str, correlation: bytes | None = None) -> None:
        """A command came, or came again: its asker wants to hear its state, also one that was told before."""
        self._asked.pop(id, None)
        self._asked[id] = Asked(topic, correlation)
        while len(self._asked) > MAX_REMEMBERED:
            oldest = next(iter(self._asked))
            del self._asked[oldest]
            self._owed.pop(oldest, None)

    def knows(self, id: str) -> bool:
        return id in self._asked

    def owe(self, outcome: Outcome) -> None:
        """The command's state as it is now; dropped when a later one has been told or is waiting."""
        asked = self._asked.get(outcome.id)
        if asked is None or _rank(outcome) <= asked.told:
            return
        asked.told = _rank(outcome)
        self._owed[outcome.id] = outcome

    def take(self) -> tuple[Asked, Outcome] | None:
        """The next answer to publish, None when there is none."""
        if not self._owed:
            return None
        id = next(iter(self._owed))
        return self._asked[id], self._owed.pop(id)

    def put_back(self, outcome: Outcome) -> None:
        """It could not be published; unless a newer state is waiting, it is owed again."""
        if outcome.id in self._asked:
            self._owed.setdefault(outcome.id, outcome)


def _rank(outcome: Outcome) -> int:
    return 2 if outcome.state in ENDED else 1 if outcome.state == "dispatched" else 0
