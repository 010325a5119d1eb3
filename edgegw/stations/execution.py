"""Orders to one station: a command, a set point, a default limit, each to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from edgegw.hub import AnswerLost, Ending
from edgegw.model.commands import Command, Setpoint, SetpointResult
from edgegw.stations.codec import Outgoing, Peer, Report, Unsupported
from edgegw.stations.errors import CallFailed, InvalidAnswer, InvalidCall, NoAnswer, NothingSent, StationError
from edgegw.stations.learning import EVIDENCE, guesses
from edgegw.stations.link import Link
from edgegw.stations.quirks import with_learned
from edgegw.stations.turns import Priority


async def carry_out(link: Link, command: Command, number: int, priority: Priority | None = None) -> Ending:
    """Send the CALLs of `command` and say how it ended. Raises AnswerLost when it was sent and what the station did is
    not known. `priority` is that of its actions when its caller does not say."""
    if command.name == "call_station":
        return await _call_station(link, command)
    return await send(link, command, number, link.peer(), priority)


async def send(link: Link, command: Command, number: int, peer: Peer, priority: Priority | None = None) -> Ending:
    """As `carry_out`, with what the codec shall know of the station."""
    try:
        outgoing = link.codec.command(command, peer, number)
    except Unsupported as no:
        return Ending("rejected", no.reason, None)
    return await _finish(link, outgoing, None, priority)


async def _call_station(link: Link, command: Command) -> Ending:
    action, payload, timeout_s = (command.args.get(name) for name in ("action", "payload", "timeout_s"))
    assert isinstance(action, str), "the hub has looked at the arguments"
    assert isinstance(payload, dict), "the hub has looked at the arguments"

    def ending(result: Any) -> Ending:
        return Ending("done", None, {"result": link.hiding.of(result)})

    try:
        return await _one(link, Outgoing(action, payload, ending), timeout_s, None)
    except AnswerLost as lost:
        if not isinstance(lost.__cause__, InvalidAnswer):
            raise
        # Who calls by OCPP's own names can make something of an answer that the gateway can't.
        invalid = lost.__cause__
        error = {"code": invalid.code, "description": str(invalid)}
        return Ending("unknown", str(invalid), {"error": error, "answer": invalid.answer})


async def _finish(link: Link, outgoing: Outgoing, timeout_s: float | None, priority: Priority | None = None) -> Ending:
    if outgoing.joined is None:
        return await _one(link, outgoing, timeout_s, priority)
    ends: list[Ending] = []
    for call in (outgoing, *outgoing.then):
        try:
            ends.append(await _one(link, call, timeout_s, priority))
        except AnswerLost as lost:
            if not ends:
                raise
            ends.append(Ending("unknown", str(lost), None))
        if not {"variables", "monitors", "places"} & (ends[-1].result or {}).keys():
            break  # the station did not take the message; what was to follow is like it
    return outgoing.joined(ends)


async def _one(link: Link, outgoing: Outgoing, timeout_s: float | None, priority: Priority | None) -> Ending:
    try:
        if outgoing.report is not None:
            return await _with_report(link, outgoing, outgoing.report)
        ended = outgoing.ending(await link.call(outgoing.action, outgoing.payload, timeout_s, priority))
        return ended if ended.reason is None else replace(ended, reason=link.hiding.text(ended.reason))
    except StationError as error:
        return Ending("failed", str(error), {"error": {"code": error.code, "description": error.description}})
    except InvalidCall as error:
        return Ending("rejected", str(error), None)
    except NothingSent as error:
        return Ending("failed", str(error), None)
    except NoAnswer as error:
        raise AnswerLost(str(error)) from error


async def _with_report(link: Link, outgoing: Outgoing, report: Report) -> Ending:
    with link.gathering.expect(report.action, report.request) as expected:
        answer = await link.call(outgoing.action, outgoing.payload)
        if not report.comes(answer):
            return outgoing.ending(answer)
        return report.ending(await expected.whole(link.patience_s))


async def hold(link: Link, setpoint: Setpoint) -> SetpointResult:
    """Give the station a set point. Never raises: what went wrong is the reason."""
    try:
        build = partial(link.codec.setpoint, setpoint)
        outgoing = build(link.peer())
    except Unsupported as no:
        return SetpointResult(setpoint, accepted=False, reason=no.reason)
    return await _accepted(link, setpoint, outgoing, build)


async def hold_default(link: Link, evse: int, limit_a: float) -> SetpointResult:
    """Give the station a lasting default for an EVSE. Never raises. The set point in the result has no life."""
    default = Setpoint(link.station, evse, limit_a, life_s=0)
    try:
        build = partial(link.codec.default_limit, evse, limit_a)
        outgoing = build(link.peer())
    except Unsupported as no:
        return SetpointResult(default, accepted=False, reason=no.reason)
    result = await _accepted(link, default, outgoing, build)
    if result.accepted:
        link.peculiar.lasting_a[evse] = limit_a
    return result


async def _accepted(
    link: Link, setpoint: Setpoint, outgoing: Outgoing, build: Callable[[Peer], Outgoing]
) -> SetpointResult:
    try:
        ending = await _profile(link, outgoing)
        if ending.reason == "rejected":
            ending = await _otherwise(link, outgoing, build) or ending
    except CallFailed as error:
        return SetpointResult(setpoint, accepted=False, reason=str(error))
    accepted = ending.state == "done"
    if accepted:
        link.limits.told(setpoint)
    return SetpointResult(setpoint, accepted, None if accepted else ending.reason or ending.state)


async def _profile(link: Link, outgoing: Outgoing) -> Ending:
    return outgoing.ending(await link.call(outgoing.action, outgoing.payload, priority=Priority.SAFETY))


async def _otherwise(link: Link, refused: Outgoing, build: Callable[[Peer], Outgoing]) -> Ending | None:
    """Try what other stations wanted instead of what this one has refused, each once while nothing new is known of it.
    The end of the one that it took, which is learned; None when it took none."""
    peer = link.peer()
    for guess in guesses(refused, peer.quirk):
        if (key := (guess, peer.quirk.names)) in link.peculiar.tried:
            continue
        link.peculiar.tried.add(key)
        try:
            ending = await _profile(link, build(replace(peer, quirk=with_learned(peer.quirk, guess))))
        except Unsupported:
            continue
        if ending.state == "done":
            link.peculiar.learn(guess, EVIDENCE[guess])
            return ending
    return None
