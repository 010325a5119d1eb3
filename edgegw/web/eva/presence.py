"""EVA as the hub knows her: who of her is at the voice socket, what she says of herself, and whom that concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Protocol

from edgegw.model.kiosk import KioskEvent, ProposalAnswer
from edgegw.web.eva.figures import Figures

SCREEN: Final = "screen-"
"""The names of the screen's own dialogues begin so."""


class Listening(Protocol):
    """A client of the voice socket."""

    dialogues: set[str]

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message."""


class Bell:
    """Rings when something that the screen shows has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def rung(self) -> Coroutine[Any, Any, Any]:
        """What waits until it rings, from now on: also when it is awaited only after it has rung."""
        return self._event.wait()


class Eva:
    """Lives as long as the gateway, whoever of her comes and goes."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.bell = Bell()
        self.caption: str | None = None
        self._wants: tuple[str, str] | None = None
        self._clients: list[Listening] = []
        self._speaker: Listening | None = None
        """Whose word the state is."""

    @property
    def is_there(self) -> bool:
        return bool(self._clients)

    @property
    def count(self) -> int:
        return len(self._clients)

    @property
    def needs_proof(self) -> str | None:
        """What was said to a driver who has to show a card or type a PIN now; None while nobody has to."""
        return self._wants[1] if self._wants is not None else None

    def is_free(self, dialogue: str, client: Listening) -> bool:
        """Whether a client may take this name for a dialogue: it is neither another's nor the screen's."""
        taken = any(dialogue in each.dialogues for each in self._clients if each is not client)
        return not taken and not dialogue.startswith(SCREEN)

    def came(self, client: Listening) -> None:
        """A client has said hello."""
        self._clients.append(client)
        self._counted()

    def gone(self, client: Listening) -> None:
        """A client's connection has ended."""
        if client in self._clients:
            self._clients.remove(client)
        for dialogue in client.dialogues:
            self.over(dialogue)
        self._counted()

    def _counted(self) -> None:
        self.figures.connected = len(self._clients)
        if self._speaker not in self._clients:  # a support console that stays does not say that a microphone is live
            self.figures.gone()
            self.caption = self._speaker = None
        self.bell.ring()

    def says(self, message: Mapping[str, Any], client: Listening | None = None) -> None:
        """Take a `state` line of a client in."""
        self._speaker = client
        self.figures.state, self.figures.microphone_live = message["state"], message["microphone_live"]
        self.caption = message.get("caption") or None
        self.bell.ring()

    def answered(self, dialogue: str, answer: ProposalAnswer) -> None:
        """A proposal of hers was answered."""
        if answer.decision == "needs_proof":
            self._wants = dialogue, answer.say
            self.bell.ring()
        elif answer.decision != "refused":
            self.over(dialogue)

    def over(self, dialogue: str) -> None:
        """Nothing has to be proven in a dialogue any more."""
        if self._wants is not None and self._wants[0] == dialogue:
            self._wants = None
            self.bell.ring()

    def pressed(self, pressed: bool) -> None:
        """Tell that the screen's talk button is touched, or let go."""
        for client in list(self._clients):
            client.tell({"type": "event", "kind": "button", "pressed": pressed})

    def happened(self, event: KioskEvent) -> None:
        """Tell what concerns a dialogue to whose it is, and what concerns none to all."""
        if event.kind == "closed" or (event.kind == "proof" and (event.result or {}).get("accepted")):
            self.over(event.dialogue)
        message = {
            "type": "event", "kind": event.kind, "dialogue": event.dialogue or None, "action": event.action,
            "station": event.station, "say": event.say, "result": event.result,
        }  # fmt: skip
        for client in list(self._clients):
            if not event.dialogue or event.dialogue in client.dialogues:
                client.tell(message)
            if event.kind == "closed":
                client.dialogues.discard(event.dialogue)

    def all_over(self) -> None:
        """The kiosk has ended, and every dialogue with it."""
        self._wants = None
        for client in self._clients:
            client.dialogues.clear()
        self.bell.ring()
