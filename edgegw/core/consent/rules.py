"""The rules: what becomes of a tool call, by the class of the tool. Pure.

    R0  allowed                                  W1  place, limits, proof ─► waits for the driver's hand
    R1  a proof of who owns it                   W2  the charge, a proof of who started it
                                                 W3  few an hour

Before them: the dialogue is open, there is such a tool, the calls are not too many, the arguments fit. After them, for
what moves something: not too soon after the last one, and not too many in a dialogue. `considered` counts what it
allows, and uses the proof up, before anything is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from edgegw.core.consent import desk as d
from edgegw.core.consent.declarations import whole_again, wrong
from edgegw.core.consent.proofs import AT_KIOSK, owns, speaks_at, usable
from edgegw.core.consent.starts import Start, is_ready, wanted
from edgegw.core.consent.verdict import Verdict, World, needs_proof, refused
from edgegw.core.kiosk.places import Bay, bays, spoken
from edgegw.core.kiosk.quoting import plain
from edgegw.core.kiosk.wishes import Unclear, energy_wh, leaves_at
from edgegw.core.wishes import so_far
from edgegw.model.state import Transaction
from edgegw.model.state import energy_wh as metered_wh
from edgegw.model.tools import TOOLS, Tool
from edgegw.model.value import value

TEXT_MOST = 500


@value()
class Call:
    """A tool call whose arguments fit. `bays` are those that it is about."""

    desk: d.Desk
    world: World
    dialogue: d.Dialogue
    tool: Tool
    args: Mapping[str, Any]
    bays: tuple[Bay, ...] = field(default=())

    def proofs(self) -> tuple[d.Held, ...]:
        return usable(self.desk.held, self.tool.tier, self.dialogue.id, self.world.terms, self.world.now_s)


def considered(
    desk: d.Desk, world: World, dialogue: str, call: str, name: str, args: Mapping[str, Any], action: str
) -> tuple[d.Desk, Verdict, tuple[d.Gone, ...]]:
    """Decide on a tool call. `action` is the id of what waits, if it comes to that.

    What is allowed is counted, and its proof used up, in the desk that comes back: who carries it out does so once.
    """
    speaker = desk.dialogue(dialogue)
    if speaker is None or world.now_s - speaker.since_s >= world.terms.dialogue_s:
        return desk, refused("no_dialogue"), ()
    tool = TOOLS.get(name)
    moves = tool is not None and tool.moves
    pace = desk.writes if moves else desk.reads
    if pace.within(world.terms.reads_s, world.now_s) >= world.terms.reads:
        return desk, refused("too_many_calls"), ()
    counted = pace.counted(world.terms.reads_s, world.now_s)
    desk = replace(desk, writes=counted) if moves else replace(desk, reads=counted)
    if tool is None:
        return desk, refused("unknown_tool"), ()
    names = spoken(world.site, world.terms)
    given = whole_again(tool, args)
    if (problem := wrong(tool, given, names)) is not None:
        return desk, refused("bad_arguments", result={"problem": problem}), ()
    station = names[given["station"]] if "station" in given else None
    places = bays(world.state, world.site, world.terms, station)
    if (evse := given.get("evse")) is not None:
        places = tuple(bay for bay in places if bay.evse == evse)
    asked = Call(desk, world, speaker, tool, {**given, **({"station": station} if station else {})}, places)
    if tool.moves and (reason := too_much(desk, speaker, world, soon=tool.tier != "W1")) is not None:
        return desk, refused(reason), ()
    return _settled(desk, world, asked, call, _RULES[name](asked), action)


def too_much(desk: d.Desk, dialogue: d.Dialogue, world: World, *, soon: bool = True) -> str | None:
    """Why nothing may be moved now, whoever asks; None when it may. Without `soon` the time since the last is left."""
    if dialogue.effects >= world.terms.effects_a_dialogue:
        return "too_many_effects"
    if soon and world.now_s - desk.effect_s < world.terms.effect_gap_s:
        return "too_soon"
    return None


def _settled(
    desk: d.Desk, world: World, asked: Call, call: str, found: Verdict, action: str
) -> tuple[d.Desk, Verdict, tuple[d.Gone, ...]]:
    dialogue, order = asked.dialogue.id, found.order
    if found.decision == "needs_proof":
        return d.asked_for_proof(desk, dialogue, world.now_s), found, ()
    if found.decision == "needs_confirmation":
        assert order is not None, "what waits can be carried out"
        assert found.held is not None, "what waits has its proof"
        return _waits(desk, world, dialogue, call, found, order, found.held, action)
    if found.decision == "allowed" and order is not None:
        desk = d.moved(desk, dialogue, world.now_s)
        if found.held is not None:
            desk = d.use_up(desk, found.held.id, dialogue)
        if asked.tool.tier == "W3":
            desk = replace(desk, reports=desk.reports.counted(d.HOUR_S, world.now_s))
    return desk, found, ()


def _waits(
    desk: d.Desk, world: World, dialogue: str, call: str, found: Verdict, order: d.Order, held: d.Held, action: str
) -> tuple[d.Desk, Verdict, tuple[d.Gone, ...]]:
    """One action waits in a dialogue, and one at a place. What is proposed again as it waits already is the same."""
    same = next((each for each in desk.waiting if each.dialogue == dialogue and each.order == order), None)
    if same is not None:
        return desk, replace(found, action=same.id), ()
    gone = tuple(
        d.Gone(each, "replaced")
        for each in desk.waiting
        if each.dialogue == dialogue or (each.order.station, each.order.evse) == (order.station, order.evse)
    )
    until_s = min(world.now_s + world.terms.confirm_s, held.since_s + world.terms.proof_start_s, held.until_s)
    waiting = d.Waiting(action, dialogue, call, order, held.id, held.id_token, world.now_s, until_s)
    desk = d.drop(desk, *(each.waiting.id for each in gone))
    desk = replace(
        desk,
        waiting=(*desk.waiting, waiting),
        held=tuple(replace(each, dialogue=dialogue) if each.id == held.id else each for each in desk.held),
    )
    return desk, replace(found, action=action), gone


def confirmed(desk: d.Desk, world: World, action: str) -> tuple[d.Desk, Verdict, d.Waiting | None]:
    """The driver's hand for an action: allowed once, when all that it stands on still stands.

    The action is gone then. Refused for its time since the last one it goes on waiting; for anything else it dies.
    """
    waiting = desk.action(action)
    if waiting is None:
        return desk, refused("no_action"), None
    dead = d.drop(desk, action)
    speaker, held = desk.dialogue(waiting.dialogue), desk.proof(waiting.held)
    if world.now_s >= waiting.until_s or speaker is None:
        return dead, refused("expired"), waiting
    if world.now_s - speaker.since_s >= world.terms.dialogue_s:
        return dead, refused("no_dialogue"), waiting
    if (reason := too_much(desk, speaker, world)) is not None:
        return (desk if reason == "too_soon" else dead), refused(reason), waiting
    if held is None or held not in usable(desk.held, "W1", speaker.id, world.terms, world.now_s):
        return dead, refused("proof_gone"), waiting
    if (reason := is_ready(world, waiting.order, held)) is not None:
        return dead, refused(reason, bay=waiting.order.label), waiting
    done = d.use_up(d.moved(dead, speaker.id, world.now_s), held.id, speaker.id)
    return done, Verdict("allowed", held=held, order=waiting.order), waiting


# The rules, one a tool


def _read(call: Call) -> Verdict:
    return Verdict("allowed")


def _my_charge(call: Call) -> Verdict:
    proofs = call.proofs()
    if not proofs:
        return needs_proof("own")
    found = [(row, held) for row, held in _owned(call, proofs)]
    return Verdict("allowed", held=found[0][1] if found else proofs[0], about=tuple(row.id for row, _ in found))


def _my_history(call: Call) -> Verdict:
    """What was charged elsewhere is not a tap's to tell: it speaks for its own place."""
    proofs = [held for held in call.proofs() if held.kind in AT_KIOSK]
    return Verdict("allowed", held=proofs[0]) if proofs else needs_proof("own_at_kiosk")


def _start(call: Call) -> Verdict:
    return wanted(Start(call.world, call.args, call.bays, call.proofs()))


def _owned(call: Call, proofs: tuple[d.Held, ...]) -> list[tuple[Transaction, d.Held]]:
    """The running charges at these bays that a proof is good for, each with the newest such proof."""
    state, found = call.world.state, []
    for bay in call.bays:
        row = state.transactions.get(bay.transaction) if bay.transaction is not None else None
        if row is None:
            continue
        for held in proofs:
            others = _alike(call, held, bay.station) if held.kind == "tap" and held.evse is None else 1
            if owns(held, row, state, call.world.site) and speaks_at(held, bay.station, bay.evse, others):
                found.append((row, held))
                break
    return found


def _alike(call: Call, held: d.Held, station: str) -> int:
    """How many charges of a station a tap could have been for that did not say at which of its places it was."""
    state, site = call.world.state, call.world.site
    rows = (state.transactions[id] for (place, _), id in state.at_evse.items() if place == station)
    return sum(owns(held, row, state, site) for row in rows)


def _own_charge(call: Call) -> tuple[Transaction, d.Held, str] | Verdict:
    """The one running charge that is meant, whose it is, and the name of its bay; else what to say."""
    proofs = call.proofs()
    running = [bay for bay in call.bays if bay.transaction is not None]
    if not running:
        return refused("no_charge")
    if not proofs:
        return needs_proof("started")
    found = _owned(call, proofs)
    if not found:
        return needs_proof("not_owner")
    names = {bay.transaction: bay for bay in running}
    if len(found) > 1:
        return refused("which_one", bays=tuple(names[row.id].label for row, _ in found))
    row, held = found[0]
    bay = names[row.id]
    seen = call.world.state.stations.get(bay.station)
    if call.tool.name == "stop_charge" and (seen is None or not seen.connected):
        return refused("offline", bay=bay.label)
    return row, held, bay.label


def _stop(call: Call) -> Verdict:
    own = _own_charge(call)
    if isinstance(own, Verdict):
        return own
    row, held, label = own
    order = d.Order("stop_charge", "stop_transaction", {"transaction": row.id}, label, row.station, row.evse)
    return Verdict("allowed", held=held, order=order, about=(row.id,))


def _plan(call: Call) -> Verdict:
    """Energy is what is wanted from now on: what has flowed comes on top."""
    world, args = call.world, call.args
    try:
        energy = energy_wh(args, world.terms)
        leaves = leaves_at(args.get("leave_at"), world.site.timezone, world.ctx.now)
    except Unclear as unclear:
        return refused(str(unclear))
    if energy is None and leaves is None:
        return refused("no_wish")
    own = _own_charge(call)
    if isinstance(own, Verdict):
        return own
    row, held, label = own
    until = leaves or (row.departure_at if row.departure_at is None or row.departure_at > world.ctx.now else None)
    wanted_wh = None
    if energy is not None:
        wanted_wh = metered_wh(so_far(row, world.ctx.register(row.station, row.evse))) + energy
    told = {
        "transaction": row.id,
        **({"departure_at": until.isoformat()} if until is not None else {}),
        **({"energy_wh": wanted_wh} if wanted_wh is not None else {}),
    }
    order = d.Order("plan_departure", "set_departure", told, label, row.station, row.evse, energy)
    return Verdict("allowed", held=held, order=order, about=(row.id,), leaves_at=leaves)


def _report(call: Call) -> Verdict:
    world = call.world
    if call.desk.reports.within(d.HOUR_S, world.now_s) >= world.terms.reports_an_hour:
        return refused("too_many_reports")
    station, evse = call.args.get("station"), call.args.get("evse")
    if station is not None and evse is not None and not call.bays:
        return refused("no_bay")
    about = {"station": station, **({"evse": evse} if evse is not None else {})} if station is not None else {}
    text = plain(call.args["text"], TEXT_MOST)
    if not text:
        return refused("bad_arguments", result={"problem": "text says nothing"})
    args = {"text": text, "category": call.args["category"], **about}
    return Verdict("allowed", order=d.Order("report_problem", "report_problem", args, "", station, evse))


_RULES: Mapping[str, Callable[[Call], Verdict]] = {
    "station_status": _read,
    "prices": _read,
    "how_to": _read,
    "my_charge": _my_charge,
    "my_history": _my_history,
    "start_charge": _start,
    "stop_charge": _stop,
    "plan_departure": _plan,
    "report_problem": _report,
}
"""By tool: what becomes of a call whose arguments fit."""
