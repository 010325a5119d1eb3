"""A conversation told step by step, with a clock of its own."""

from __future__ import annotations

from typing import Any

from edgegw.voice.conversation import Conversation, Limits, Manner
from edgegw.voice.conversation import actions as do
from edgegw.voice.conversation import events as on

LABELS = {"CP01": "Vaga 1", "CP02": "Vaga 2"}
SECOND = bytes(48000)
"""A second of the model's speech."""


class Talk:
    """`tell` an event and get what is to be done; time passes only by `later`."""

    def __init__(self, *, hub: bool = True, **manner: Any) -> None:
        self.limits = Limits()
        count = 0

        def new_id() -> str:
            nonlocal count
            count += 1
            return f"d{count}"

        self.conversation = Conversation(Manner(**manner), new_id)
        self.now = 1000.0
        self.done: list[do.Action] = []
        """All that was ever done."""
        if hub:
            self.tell(on.HubCame(LABELS))

    @property
    def phase(self) -> str:
        return self.conversation.phase

    def tell(self, *events: on.Event) -> list[do.Action]:
        found = [action for event in events for action in self.conversation.take(event, self.now)]
        self.done += found
        return found

    def later(self, seconds: float) -> list[do.Action]:
        """Let time pass, and every wait end when it is due."""
        end = self.now + seconds
        found = []
        while (due := self.conversation.due) is not None and due <= end:
            self.now = due
            found += self.tell(on.Elapsed())
        self.now = end
        return found

    def open(self, by: on.Waker = "button") -> list[do.Action]:
        """A dialogue with hub and model ready."""
        found = self.tell(on.Woken(by), on.Released())
        assert self.conversation.dialogue is not None
        return found + self.tell(on.Opened(self.conversation.dialogue), on.LineReady())

    def speak(self, text: str = "quanto custa?", seconds: float = 1.0) -> list[do.Action]:
        """A turn of the driver, understood by the model."""
        found = self.tell(on.SpeechBegan(b"pre"), on.SpeechFrame(b"frame"))
        found += self.later(seconds)
        return found + self.tell(on.SpeechEnded("silence", 800), on.Understood(text))

    def reply(self, text: str = "Custa dois reais.", pcm: bytes = SECOND) -> list[do.Action]:
        """The model speaks, ends, and it has been heard."""
        found = self.tell(on.Worded(text), on.Sounded(pcm), on.ReplyEnded())
        found += self.later(len(pcm) / 48000)
        return found + self.tell(on.Drained())

    def of(self, kind: type[Any]) -> list[Any]:
        """All actions of a kind so far."""
        return [action for action in self.done if isinstance(action, kind)]


def kinds(actions: list[do.Action]) -> list[str]:
    return [type(action).__name__ for action in actions if not isinstance(action, do.Show)]
