"""What a kiosk holds in memory: dialogues, proofs, what waits for the driver's hand, and how often things happened.

Values; each function gives a new desk. Times are seconds of the monotonic clock, so that a clock that is set makes no
proof younger. Nothing here knows the site: that is `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from decimal import Decimal
from typing import Any

from edgegw.core.consent.pace import Pace
from edgegw.core.tokens import key, same
from edgegw.model.kiosk import Channel, KioskTerms, ProofKind
from edgegw.model.value import value

HOUR_S = 3600.0
NEVER = float("-inf")

MISSES = 5
MISSES_S = 300.0
"""After so many tokens that were not accepted, in so long, none that is typed or shown as a code counts for a while:
those can be guessed."""

OVER_MOST = 200
"""Dialogues that have ended and whose names are remembered: none begins again."""


@value()
class Dialogue:
    """A driver before the kiosk. `asked_s`: when he was last asked for a proof. `effects`: what he has moved."""

    id: str
    language: str
    channel: Channel
    since_s: float
    asked_s: float = NEVER
    effects: int = 0


@value()
class Held:
    """A proof of an accepted token. `dialogue` is whose it is: None for a tap at a station, and for a card that waits
    for a dialogue. `spent`: it has moved something and is good for reading only."""

    id: str
    kind: ProofKind
    id_token: str = field(repr=False)
    group: str | None
    since_s: float
    until_s: float
    source: str = "list"
    """What accepted it: see `core.authorize`."""
    dialogue: str | None = None
    station: str | None = None
    evse: int | None = None
    spent: bool = False


@value()
class Order:
    """What is carried out: a command of the hub, without the id token that a start is charged to."""

    tool: str
    command: str
    args: Mapping[str, Any]
    label: str
    station: str | None = None
    evse: int | None = None
    energy_wh: int | None = None
    """As it was asked for, not what a limit made of it."""
    estimate: Decimal | None = None
    """What that energy costs at most."""


@value()
class Waiting:
    """An action that waits for the driver's hand. `held` is the proof that it will use up."""

    id: str
    dialogue: str
    call: str
    order: Order
    held: str
    id_token: str = field(repr=False)
    since_s: float
    until_s: float


@value()
class Gone:
    """A waiting action that is none any more, and why."""

    waiting: Waiting
    reason: str


@value()
class Desk:
    dialogues: tuple[Dialogue, ...] = ()
    held: tuple[Held, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    over: tuple[str, ...] = ()
    seen: tuple[tuple[str, float], ...] = field(default=(), repr=False)
    """Tokens, and when each was last told of: a card that lies on the reader is told of again and again."""
    opened: Pace = field(default_factory=Pace)
    reads: Pace = field(default_factory=Pace)
    writes: Pace = field(default_factory=Pace)
    reports: Pace = field(default_factory=Pace)
    misses: Pace = field(default_factory=Pace)
    effect_s: float = NEVER
    """When something was last moved."""

    def dialogue(self, id: str) -> Dialogue | None:
        return next((each for each in self.dialogues if each.id == id), None)

    def action(self, id: str) -> Waiting | None:
        return next((each for each in self.waiting if each.id == id), None)

    def proof(self, id: str) -> Held | None:
        return next((each for each in self.held if each.id == id), None)


def open_dialogue(
    desk: Desk, id: str, language: str, channel: Channel, terms: KioskTerms, now_s: float
) -> tuple[Desk, str | None, tuple[Gone, ...]]:
    """A dialogue begins: why not, or None; and what died as the one before on its channel is over.

    A card that waits for a dialogue becomes this one's. One that is open goes on, in the language that is told now.
    """
    if desk.dialogue(id) is not None:
        known = tuple(replace(each, language=language) if each.id == id else each for each in desk.dialogues)
        return replace(desk, dialogues=known), None, ()
    if id in desk.over:
        return desk, "dialogue_over", ()
    if desk.opened.within(HOUR_S, now_s) >= terms.dialogues_an_hour:
        return desk, "too_many_dialogues", ()
    gone: tuple[Gone, ...] = ()
    for each in desk.dialogues:
        if each.channel == channel:
            desk, died = close_dialogue(desk, each.id, "replaced")
            gone += died
    begun = Dialogue(id, language, channel, now_s)
    held = tuple(
        replace(each, dialogue=id) if _waits(each) and now_s - each.since_s < terms.proof_wait_s else each
        for each in desk.held
    )
    counted = desk.opened.counted(HOUR_S, now_s)
    return replace(desk, dialogues=(*desk.dialogues, begun), held=held, opened=counted), None, gone


def _waits(held: Held) -> bool:
    return held.dialogue is None and held.kind != "tap"


def close_dialogue(desk: Desk, id: str, reason: str = "closed") -> tuple[Desk, tuple[Gone, ...]]:
    """A dialogue ends, with its proofs and what waits in it."""
    if desk.dialogue(id) is None:
        return desk, ()
    gone = tuple(Gone(each, reason) for each in desk.waiting if each.dialogue == id)
    closed = replace(
        desk,
        dialogues=tuple(each for each in desk.dialogues if each.id != id),
        held=tuple(each for each in desk.held if each.dialogue != id),
        waiting=tuple(each for each in desk.waiting if each.dialogue != id),
        over=(*desk.over, id)[-OVER_MOST:],
    )
    return closed, gone


def drop(desk: Desk, *ids: str) -> Desk:
    """Without these actions."""
    return replace(desk, waiting=tuple(each for each in desk.waiting if each.id not in ids))


def take_back(desk: Desk, dialogue: str, call: str) -> tuple[Desk, tuple[Gone, ...]]:
    """The model has cancelled a call: what it proposed dies."""
    gone = tuple(Gone(each, "taken_back") for each in desk.waiting if (each.dialogue, each.call) == (dialogue, call))
    return drop(desk, *(each.waiting.id for each in gone)), gone


def sweep(desk: Desk, terms: KioskTerms, now_s: float) -> tuple[Desk, tuple[Gone, ...], tuple[str, ...]]:
    """What time has ended: actions, proofs, dialogues; the actions and the dialogues."""
    gone = tuple(Gone(each, "expired") for each in desk.waiting if now_s >= each.until_s)
    desk = drop(desk, *(each.waiting.id for each in gone))
    over = tuple(each.id for each in desk.dialogues if now_s - each.since_s >= terms.dialogue_s)
    for id in over:
        desk, died = close_dialogue(desk, id, "expired")
        gone += died
    held = tuple(
        each
        for each in desk.held
        if now_s < each.until_s and not (_waits(each) and now_s - each.since_s >= terms.proof_wait_s)
    )
    seen = tuple((token, at_s) for token, at_s in desk.seen if now_s - at_s < terms.second_tap_s)
    return replace(desk, held=held, seen=seen), gone, over


@value()
class Shown:
    """What a token that was shown came to. `confirms`: the id of an action that it is the second tap for. `lies`: it
    has been there all the time, so nothing was shown."""

    dialogue: str | None = None
    confirms: str | None = None
    lies: bool = False
    gone: tuple[Gone, ...] = ()


def show(desk: Desk, held: Held, terms: KioskTerms, now_s: float) -> tuple[Desk, Shown]:
    """An accepted token is shown: a new proof, or the second tap for what waits.

    At the kiosk it is the proof of who was asked for one last, else of who came last. Another card there is another
    driver: what the one before has shown, and what waits for him in that dialogue, is over.
    """
    token = key(held.id_token)
    lay_s = next((at_s for each, at_s in desk.seen if each == token), NEVER)
    desk = replace(desk, seen=(*((each, at_s) for each, at_s in desk.seen if each != token), (token, now_s)))
    if held.kind != "pin" and now_s - lay_s < terms.second_tap_s:
        return desk, Shown(lies=True)
    confirmed = next((each for each in desk.waiting if _is_second(each, held, terms, now_s)), None)
    if confirmed is not None:
        return desk, Shown(confirmed.dialogue, confirmed.id)
    if held.kind == "tap":
        return replace(desk, held=(*desk.held, held)), Shown()
    bearer = asked(desk)
    dialogue = bearer.id if bearer is not None else None
    gone = tuple(
        Gone(each, "another_card")
        for each in desk.waiting
        if each.dialogue == dialogue and not same(each.id_token, held.id_token)
    )
    desk = drop(desk, *(each.waiting.id for each in gone))
    kept = tuple(
        each
        for each in desk.held
        if each.kind == "tap" or each.dialogue != dialogue or same(each.id_token, held.id_token)
    )
    return replace(desk, held=(*kept, replace(held, dialogue=dialogue))), Shown(dialogue, gone=gone)


def _is_second(waiting: Waiting, held: Held, terms: KioskTerms, now_s: float) -> bool:
    """Whether a token is shown again for an action, late enough for its read-back to have been there. What is typed is
    no tap, nor is what the station has used itself; a tap at another place means something else."""
    if held.kind == "pin" or held.spent or not same(waiting.id_token, held.id_token):
        return False
    if not waiting.since_s + terms.second_tap_s <= now_s < waiting.until_s:
        return False
    return held.kind != "tap" or (held.station == waiting.order.station and held.evse in (None, waiting.order.evse))


def guessed(desk: Desk, now_s: float) -> tuple[Desk, bool]:
    """A token is typed, or shown as a code: a miss until `hit` says that it was none. Whether it may count at all."""
    if desk.misses.within(MISSES_S, now_s) >= MISSES:
        return desk, False
    return replace(desk, misses=desk.misses.counted(MISSES_S, now_s)), True


def hit(desk: Desk, at_s: float) -> Desk:
    """What was guessed at `at_s` was right."""
    times = list(desk.misses.times)
    if at_s in times:
        times.remove(at_s)
    return replace(desk, misses=Pace(tuple(times)))


def asked(desk: Desk) -> Dialogue | None:
    """Who was asked for a proof last, else who came last: what is shown at the kiosk is his."""
    return max(desk.dialogues, key=lambda each: max(each.asked_s, each.since_s), default=None)


def use_up(desk: Desk, held: str, dialogue: str) -> Desk:
    """A proof has moved something: it is this dialogue's, and moves nothing more."""
    return replace(
        desk,
        held=tuple(replace(each, spent=True, dialogue=dialogue) if each.id == held else each for each in desk.held),
    )


def used_there(desk: Desk, station: str, id_token: str) -> Desk:
    """A station has begun or ended a charge itself with a token: that was what its tap there was for."""
    held = tuple(
        replace(each, spent=True)
        if each.kind == "tap" and each.station == station and same(each.id_token, id_token)
        else each
        for each in desk.held
    )
    return replace(desk, held=held)


def moved(desk: Desk, dialogue: str, now_s: float) -> Desk:
    """Count that something was moved in a dialogue."""
    dialogues = tuple(
        replace(each, effects=each.effects + 1) if each.id == dialogue else each for each in desk.dialogues
    )
    return replace(desk, dialogues=dialogues, effect_s=now_s)


def asked_for_proof(desk: Desk, dialogue: str, now_s: float) -> Desk:
    """Note that a driver was asked to show a card."""
    dialogues = tuple(replace(each, asked_s=now_s) if each.id == dialogue else each for each in desk.dialogues)
    return replace(desk, dialogues=dialogues)
