"""Turns as drivers take them: what is asked and answered, a charge that begins and ends, all by voice.

The wait of 10 s that the hub wants between two effects is filled with questions, every other one by the held button.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from edgegw.simulate.live import Connection
from tests.bench.eva.stand import PIN, SAYS, Stand
from tests.bench.eva.track import Track

HANGOVER_S: Final = 0.6
"""`EarSettings.hangover_ms`, which is what the texts here are long enough for."""
GAP_S: Final = 10.2
"""The hub's own wait between two effects is 10 s."""
A_DIALOGUE: Final = 3
"""Effects that the hub allows in one."""
SAID: Final = {"text": "Pronto.", "audio": {"tone_ms": 500}, "pace": 2}
ANSWERED: Final = [{"pause": "0.6s"}, {"say": SAID}, {"generation_complete": True}, {"turn_complete": True}]
TOLD: Final = [{"wait": {"text": 1}}, *ANSWERED]
"""Of what has happened at the hub, it tells the driver."""
GOODBYE: Final = [{"wait": {"activity": "end"}}, {"heard": "tchau, obrigado"}, *ANSWERED]


def question(id: str) -> list[Mapping[str, Any]]:
    """Steps of the server: it asks for the prices, and answers 0.6 s after it has them."""
    return [
        {"wait": {"activity": "end"}}, {"heard": "quanto custa carregar aqui?"},
        {"call": {"id": id, "name": "prices"}}, {"wait": {"results": [id]}}, *ANSWERED,
    ]  # fmt: skip


def start(id: str) -> list[Mapping[str, Any]]:
    """It is told of the PIN, proposes a start, and is told twice: that it will begin, and that the car charges."""
    return [
        *TOLD, {"wait": {"activity": "end"}}, {"heard": "pode começar a carregar"},
        {"call": {"id": id, "name": "start_charge", "args": {"station": "Vaga 1"}}}, {"wait": {"results": [id]}},
        *ANSWERED, *TOLD, *TOLD,
    ]  # fmt: skip


def stop(id: str) -> list[Mapping[str, Any]]:
    return [
        *TOLD, {"wait": {"activity": "end"}}, {"heard": "pare a recarga da vaga um"},
        {"call": {"id": id, "name": "stop_charge", "args": {"station": "Vaga 1"}}}, {"wait": {"results": [id]}},
        *ANSWERED,
    ]  # fmt: skip


def dialogues(effects: int) -> list[list[tuple[str, str]]]:
    """(kind, id) of the turns of each: a question before each effect, a goodbye at the end."""
    found: list[list[tuple[str, str]]] = []
    for n in range(effects):
        if n % A_DIALOGUE == 0:
            found.append([])
        found[-1] += [("held" if n % 2 else "question", f"q{n}"), ("stop" if n % 2 else "start", f"e{n}")]
    return [[*turns, ("goodbye", "g")] for turns in found]


def questions(count: int) -> list[list[tuple[str, str]]]:
    """Dialogues of questions alone, eight in each."""
    asked = [("question", f"q{n}") for n in range(count)]
    return [[*asked[at : at + 8], ("goodbye", "g")] for at in range(0, count, 8)]


def script(turns: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    steps: list[Mapping[str, Any]] = []
    for kind, id in turns:
        made = {"held": question, "question": question, "start": start, "stop": stop}
        steps += GOODBYE if kind == "goodbye" else made[kind](id)
    return {"steps": steps}


@dataclass
class Times:
    """Milliseconds, one for each turn."""

    wire: list[float] = field(default_factory=list)
    """From the last voiced sample to activityEnd at the server, less the hang-over."""
    detector: list[float] = field(default_factory=list)
    """The part of it that is the detector's: voice that it still heard behind the last voiced sample."""
    button: list[float] = field(default_factory=list)
    """From the release to activityEnd."""
    first_sample: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    proposed: list[float] = field(default_factory=list)
    """A start that is proposed to its answer, which is a read-back."""
    started: list[float] = field(default_factory=list)
    """From the touch that confirms to the model being told."""
    screen: list[float] = field(default_factory=list)
    """From the same touch to its answer at the screen."""
    stopped: list[float] = field(default_factory=list)
    station: list[float] = field(default_factory=list)
    """What the station took itself, of each start and stop; taken out of both."""
    broken_off: list[str] = field(default_factory=list)
    """Dialogues in which something came to nothing, and why; the rest of them is left out."""


class _Refused(Exception):
    """What the hub answered."""


@dataclass
class _Turn:
    kind: str
    id: str
    from_at: float
    released_at: float = 0.0
    confirmed_at: float = 0.0
    station_ms: float = 0.0
    end_number: int = 0


async def talk(stand: Stand, wanted: Sequence[Sequence[tuple[str, str]]]) -> Times:
    """Hold these dialogues, one after the other."""
    times = Times()
    effect_at = 0.0
    for turns in wanted:
        stand.script(script(turns))
        with stand.heard() as heard:
            connection = await stand.begin()
            taken: list[_Turn] = []
            await asyncio.sleep(0.6)
            try:
                for kind, id in turns:
                    turn = _Turn(kind, id, 0.0, end_number=len(taken))
                    await _take(stand, connection, turn, effect_at, times)
                    taken.append(turn)
                    if kind in ("start", "stop"):
                        effect_at = time.monotonic()
            except (_Refused, TimeoutError) as error:
                times.broken_off.append(f"{kind} {id}: {str(error) or 'no answer'}; {stand.voice.text[-600:]}")
                await stand.unplug()
            await stand.shown("idle", within_s=60)
        for turn in taken:
            _measure(turn, connection, heard.microphone, heard.speaker, times)
    return times


_GOOD: Final = {("question", "allowed"), ("held", "allowed"), ("start", "needs_confirmation"), ("stop", "allowed")}


async def _said(stand: Stand, connection: Connection, turn: _Turn, times: Times) -> None:
    server, text = stand.server, SAYS[turn.end_number % len(SAYS)]
    replies = _completed(connection)
    if turn.kind == "held":
        await stand.post("button", pressed=True)
        await asyncio.sleep(0.35)
        await stand.say(text)
        turn.released_at = time.monotonic()
        await stand.post("button", pressed=False)
    else:
        await stand.say(text)
    if turn.kind == "goodbye":
        return
    await server.until(lambda: turn.id in connection.results, 15)
    answer = connection.results[turn.id]
    if (turn.kind, answer["decision"]) not in _GOOD:
        raise _Refused(f"{turn.id}: {answer}")
    wanted = 1
    if turn.kind == "start":
        wanted = 3
        action = await _action(stand)
        await server.until(lambda: _completed(connection) > replies, 10)
        await asyncio.sleep(0.5)
        own = len(stand.station.own_s)
        turn.confirmed_at = time.monotonic()
        await stand.post(f"confirm/{action}")
        times.screen.append(1000 * (time.monotonic() - turn.confirmed_at))
        await server.until(lambda: _told_after(connection, turn.confirmed_at) is not None, 10)
        turn.station_ms = _own_ms(stand, own, "RemoteStartTransaction")
    if turn.kind == "stop":
        turn.station_ms = _own_ms(stand, 0, "RemoteStopTransaction")
    await _replied(stand, connection, replies + wanted)


async def _take(stand: Stand, connection: Connection, turn: _Turn, effect_at: float, times: Times) -> None:
    """One turn, with what has to come before a start or a stop."""
    if turn.kind in ("start", "stop"):
        replies = _completed(connection)
        await stand.post("pin", pin=PIN)
        await _replied(stand, connection, replies + 1)
        if turn.kind == "start":
            await stand.plug()
        await asyncio.sleep(max(0.0, effect_at + GAP_S - 3.0 - time.monotonic()))
    turn.from_at = time.monotonic()
    await _said(stand, connection, turn, times)
    if turn.kind == "stop":
        await stand.unplug()


async def _replied(stand: Stand, connection: Connection, replies: int) -> None:
    """Wait until she has given so many, and listens again."""
    await stand.server.until(lambda: _completed(connection) >= replies, 20)
    await stand.shown("listening", within_s=15)
    await asyncio.sleep(0.35)  # her room's echo is over


async def _action(stand: Stand) -> str:
    _, body = await asyncio.to_thread(stand.gateway.api, "GET", "/api/v1/kiosk")
    (waiting,) = body["state"]["pending"]
    return str(waiting["id"])


def _own_ms(stand: Stand, since: int, action: str) -> float:
    return 1000 * [took for name, took in stand.station.own_s[since:] if name == action][-1]


def _completed(connection: Connection) -> int:
    return sum("turnComplete" in message.get("serverContent", {}) for _, message in connection.sent)


def _told_after(connection: Connection, at: float) -> float | None:
    return next((when for when, kind, _ in connection.frames if kind in ("text", "content") and when > at), None)


def _is_audio(message: Mapping[str, Any]) -> bool:
    return "modelTurn" in message.get("serverContent", {})


def _called_at(connection: Connection, id: str) -> float:
    return next(
        when for when, message in connection.sent
        for call in message.get("toolCall", {}).get("functionCalls", ()) if call["id"] == id
    )  # fmt: skip


def _measure(turn: _Turn, connection: Connection, microphone: Track, speaker: Track, times: Times) -> None:
    end_at = connection.at("end", turn.end_number)
    if turn.kind == "held":
        times.button.append(1000 * (end_at - turn.released_at))
    else:
        _, last = microphone.spoken(turn.from_at, end_at)
        times.wire.append(1000 * (end_at - last - HANGOVER_S))
        utterance = connection.utterances[turn.end_number]
        place = microphone.begins(utterance)
        if place is not None:
            until = microphone.at(place + len(utterance) // 2)
            times.detector.append(1000 * (until - last - HANGOVER_S))
    sent = next((when for when, message in connection.sent if when > end_at and _is_audio(message)), None)
    if sent is not None and (first := speaker.first_sound(sent)) is not None:
        times.first_sample.append(1000 * (first - sent))
    if turn.kind == "goodbye":
        return
    answered = next(when for when, kind, told in connection.frames if kind == "result" and told[0] == turn.id)
    took = 1000 * (answered - _called_at(connection, turn.id))
    if turn.kind in ("question", "held"):
        times.read.append(took)
    elif turn.kind == "start":
        times.proposed.append(took)
        told_at = _told_after(connection, turn.confirmed_at)
        assert told_at is not None
        times.started.append(1000 * (told_at - turn.confirmed_at) - turn.station_ms)
        times.station.append(turn.station_ms)
    else:
        times.stopped.append(took - turn.station_ms)
        times.station.append(turn.station_ms)
