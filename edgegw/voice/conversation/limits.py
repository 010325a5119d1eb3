"""How long each wait of a conversation may last, in seconds, and which of them are running."""

from __future__ import annotations

from edgegw.model.value import value


@value()
class Limits:
    """Every wait has an end, so that no conversation ever just goes silent. Seconds."""

    hub: float = 2.0
    """For the hub to open the dialogue."""
    line: float = 2.5
    """For the live model to listen; the driver is to hear within 3 s that it does not."""
    hearing: float = 15.0
    """One turn of the driver; the ear ends it before, at 12."""
    filler: float = 1.2
    """A tool takes long: a sentence tells so."""
    reply: float = 12.0
    """For the model to say something; its line has asked again, and begun a fresh session, within this time."""
    spoken: float = 3.5
    """For the model to pass on what the hub told; after that EVA says it in the local voice."""
    tool: float = 15.0
    """For the hub to answer a proposal."""
    action: float = 45.0
    """For a confirmation; the hub ends it before, at 30."""
    outcome: float = 30.0
    """For a confirmed action to come to something."""
    sound: float = 3.0
    """For the speaker to be done, beyond what is to be heard."""
    idle: float = 18.0
    """Nobody says anything: EVA hangs up."""
    dialogue: float = 180.0
    """One dialogue."""
    grace: float = 8.0
    """Beyond that, to finish a sentence."""
    ending: float = 12.0
    """For the last words."""


class Waits:
    """What is waited for, and until when."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def begin(self, name: str, until: float) -> None:
        """Wait for `name` until then (monotonic seconds); a wait of that name starts anew."""
        self._until[name] = until

    def end(self, *names: str) -> None:
        """It came, or is of no interest any more."""
        for name in names:
            self._until.pop(name, None)

    def clear(self) -> None:
        """Nothing is waited for."""
        self._until.clear()

    def over(self, now: float) -> str | None:
        """The wait that ended first, if any has; it is forgotten."""
        name = min(self._until, key=self._until.__getitem__, default=None)
        if name is None or self._until[name] > now:
            return None
        del self._until[name]
        return name

    def next(self) -> float | None:
        """When the next one ends."""
        return min(self._until.values(), default=None)

    def __contains__(self, name: str) -> bool:
        return name in self._until
