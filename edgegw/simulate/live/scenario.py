"""What a scripted Live server does, as YAML. Values without I/O, but for `read`, which also fetches the sounds.

A scenario has a `connections` list: the first client plays the first, and so on; later ones play the last. Each has
`steps`, played in order once the client's setup has been answered. A step has one key::

    about: an answer with a tool call
    connections:
      - steps:
          - wait: {activity: end}                 # or {audio_ms: 400}, {results: [c1]}, {text: 1}, {activity: start}
          - heard: quanto custa carregar aqui?    # what the model understood (inputTranscription)
          - call: {id: c1, name: prices, args: {}}
          - wait: {results: [c1]}
          - say: {text: Custa dois reais., audio: {tone_ms: 800}, pace: 4}
          - usage: {prompt: 200, response: 60}
          - turn_complete: true
        repeat: true                              # from the first step again, for ever

`Step` describes them all. Before the steps a connection may be refused (`refuse`) or answered late or not (`setup`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from edgegw.scalars import Duration, Section
from edgegw.settings.document import Document
from edgegw.settings.document import read as read_document
from edgegw.simulate.live import sound


class BadScenario(Exception):
    """The file is wrong. The text is for people: file, line, key, what is wrong."""


class Wait(Section):
    """Until all that it names has come since the last wait for the same."""

    audio_ms: Annotated[int, Field(gt=0)] | None = None
    """This much of the microphone."""
    activity: Literal["start", "end"] | None = None
    """The next beginning, or end, of the driver's speech."""
    results: list[str] | None = None
    """Answers to the calls of these ids."""
    text: Annotated[int, Field(gt=0)] | None = None
    """This many typed turns (client content that asks for an answer)."""


class Sound(Section):
    """One of them."""

    tone_ms: Annotated[int, Field(gt=0)] | None = None
    """A tone."""
    file: Path | None = None
    """A WAV file, or raw PCM of 24 kHz; relative to the scenario."""
    espeak: str | None = None
    """A sentence by espeak-ng, rendered before the server starts."""
    voice: str = "pt-br"
    """espeak-ng's voice."""

    @model_validator(mode="after")
    def _one(self) -> Sound:
        if sum(each is not None for each in (self.tone_ms, self.file, self.espeak)) != 1:
            raise ValueError("one of tone_ms, file and espeak is needed")
        return self


class Say(Section):
    """An answer, or a piece of it."""

    text: str = ""
    """Its transcript, sent with the first chunk."""
    audio: Sound | None = None
    """Its sound."""
    pace: Annotated[float, Field(ge=0)] = 0.0
    """Times real time at which audio is sent; 0: all at once. What is paced is cut when the driver begins to speak, as
    by the real one: `interrupted`, then `turnComplete`, and the script goes on behind the answer's `turn_complete`."""
    chunk_ms: Annotated[int, Field(gt=0)] = 40
    """Length of a chunk."""
    parts: Annotated[int, Field(gt=0)] = 1
    """Chunks in one message."""


class Call(Section):
    """A call of a tool."""

    id: str
    """What its answer is matched by. When steps are repeated, the number of the round follows it: `c1-2`."""
    name: str
    """The tool."""
    args: dict[str, Any] = Field(default_factory=dict)
    """Its arguments."""


class Close(Section):
    """An end of the connection."""

    code: Annotated[int, Field(ge=1000, le=4999)]
    """1000, 1007, 1008, 1011, ..."""
    reason: Annotated[str, Field(max_length=120)] = ""
    """In words."""


class Usage(Section):
    """Tokens of a turn."""

    prompt: int = 0
    """Read."""
    response: int = 0
    """Written."""


class Handle(Section):
    """A sessionResumptionUpdate."""

    handle: str = ""
    """The new handle; a client that comes with it is let in."""
    resumable: bool = True
    """False: not at this point, and no handle is sent."""


class Turn(Section):
    """The end of a turn."""

    status: Literal["IDLE", "IN_PROGRESS", "REQUIRES_ACTION"] | None = None
    """interactionStatus."""


class Step(Section):
    """One thing that the server does. It has exactly one key."""

    wait: Wait | None = None
    """Wait for the client."""
    pause: Duration | None = None
    """Wait for the time."""
    heard: str | None = None
    """Tell what was understood."""
    say: Say | None = None
    """Answer."""
    call: Call | list[Call] | None = None
    """Call tools, all in one message."""
    cancel: list[str] | None = None
    """Cancel calls."""
    interrupted: Annotated[int, Field(gt=0)] | None = None
    """Say so many times that the answer is interrupted."""
    generation_complete: Literal[True] | None = None
    """Say that all of the answer is sent."""
    turn_complete: Literal[True] | Turn | None = None
    """End the turn."""
    usage: Usage | None = None
    """Tell tokens."""
    handle: str | Handle | None = None
    """Give a handle for resumption."""
    go_away: Duration | None = None
    """Announce the end; the connection is aborted after this time."""
    close: int | Close | None = None
    """Close the connection."""
    abort: Literal[True] | None = None
    """Reset it."""
    deaf: Duration | None = None
    """Read nothing, not even pings, for this long; the next steps are played meanwhile."""
    stall: Literal[True] | None = None
    """Say nothing any more."""
    raw: dict[str, Any] | None = None
    """Any message."""

    @model_validator(mode="after")
    def _one(self) -> Step:
        if len(self.model_fields_set) != 1:
            raise ValueError("a step has exactly one key")
        return self


class Refusal(Section):
    """An answer to the handshake other than 101."""

    status: Annotated[int, Field(ge=400, le=599)]
    """HTTP status."""
    reason: str = ""
    """The body."""


class Setup(Section):
    """What the client's first message is answered with."""

    after: Duration = 0.0
    """How long that takes."""
    answer: bool = True
    """False: never."""
    close: Close | None = None
    """Close instead, as for a key or a model that the service does not know."""


class Play(Section):
    """What one connection sees."""

    refuse: Refusal | None = None
    """Refuse the handshake."""
    setup: Setup = Setup()
    """Answer the setup."""
    steps: list[Step] = Field(default_factory=list)
    """What comes then."""
    repeat: bool = False
    """Begin again at the end; otherwise the server stays silent then."""


class Scenario(Section):
    """A whole scenario."""

    about: str = ""
    """What it is for."""
    complaint: str = ""
    """The report in the field that it plays again."""
    connections: Annotated[list[Play], Field(min_length=1)]
    """One for each connection of the client."""

    def sounds(self, folder: Path) -> dict[Sound, bytes]:
        """PCM of all sounds; files are relative to `folder`. Raises NoSound."""
        said = [step.say for play in self.connections for step in play.steps if step.say is not None]
        return {each.audio: _pcm(each.audio, folder) for each in said if each.audio is not None}


def _pcm(wanted: Sound, folder: Path) -> bytes:
    if wanted.tone_ms is not None:
        return sound.tone(wanted.tone_ms)
    if wanted.file is not None:
        return sound.from_file(folder / wanted.file)
    return sound.spoken(wanted.espeak or "", wanted.voice)


def read(path: Path) -> Scenario:
    """The scenario of a file. Raises BadScenario."""
    if not path.is_file():
        raise BadScenario(f"{path}: there is no such file")
    document = read_document(path)
    if document.findings:
        raise BadScenario("\n".join(map(str, document.findings)))
    return parse(document.data, document)


def parse(content: Any, document: Document | None = None) -> Scenario:
    """A scenario from plain values; `document` tells the lines. Raises BadScenario."""
    try:
        return TypeAdapter(Scenario).validate_python(content)
    except ValidationError as error:
        place = document or Document("scenario")
        wrong = [
            place.finding(tuple(each["loc"]), each["msg"].removeprefix("Value error, ")) for each in error.errors()
        ]
        raise BadScenario("\n".join(map(str, wrong))) from None
