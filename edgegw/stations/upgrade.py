"""A station is brought to a higher security profile, step by step (OCPP 2.0.1 use case A05; 1.6 whitepaper, A05).

    password          2: one is agreed, unless there is one
    root              the station gets to trust the root above the gateway's certificate
    certificate       3: it has its own certificate signed, unless it has one
    network_profile   2.x: it is told URL and profile in a free slot, which goes first from then on
    security_profile  1.6: it is told the profile; the URL has to be changed at the station where that does not do it
    reset             2.x: it takes up the new network profile

Each step is a fact. A step that fails ends the way there, and nothing is taken back: what was installed before harms
nobody, and the station still comes in as it did. It is held to the higher profile once it has come in by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from edgegw.core.security import newest, upgrade_refusal
from edgegw.hub import AnswerLost, Ending
from edgegw.model.commands import Command
from edgegw.model.facts import SecurityStepTaken
from edgegw.model.state import StationCertificate
from edgegw.model.value import value
from edgegw.stations import execution, rotation
from edgegw.stations.ca.authority import root_in
from edgegw.stations.keys import Keys
from edgegw.stations.link import Link
from edgegw.stations.standing import Standing

if TYPE_CHECKING:
    from edgegw.hub import Hub
    from edgegw.stations.settings import OcppSettings

SIGNING_S: Final = 120.0
"""A station makes a key of its own, which takes small ones a while."""

BACK_S: Final = 120.0
"""A station that connects anew between two steps, as many do for a new password, is waited for so long."""

SETTLES_S: Final = 10.0
"""So long a station has to come back with a new password; one that keeps its connection goes on with it."""

SLOTS: Final = range(1, 10)

Step = Literal["password", "root", "certificate", "network_profile", "security_profile", "reset"]


@value()
class Means:
    """What the gateway has to offer. `certificates` are the files of its TLS listeners; `signs`: somebody signs
    stations' certificates, and a listener takes them."""

    certificates: tuple[Path, ...]
    signs: bool


async def upgrade(
    link_of: Callable[[str], Link | None], command: Command, number: int, hub: Hub, standing: Standing, keys: Keys,
    means: Means,
) -> Ending:  # fmt: skip
    """Carry out upgrade_security. `link_of` gives the connection that a station has now."""
    target, station = command.args["profile"], command.args["station"]
    if (link := link_of(station)) is None:
        return Ending("failed", f"{station} is not connected")
    root = command.args.get("root") or await asyncio.to_thread(_root, means.certificates)
    refused = upgrade_refusal(
        target, standing.profile(station), ocpp=link.codec.version, url=command.args.get("url"),
        has_tls=bool(means.certificates), has_root=root is not None, signs=means.signs,
    )  # fmt: skip
    if refused is not None:
        return Ending("rejected", refused)
    assert root is not None, "without a root it is refused"
    way = _Way(link_of, command, hub)
    if target == 2 and not standing.has_password(station):
        await way.take("password", lambda link: rotation.rotate(link, command, number, keys))
        await way.until(lambda: keys.is_confirmed(station), SETTLES_S)
    await way.send("root", "install_certificate", use="csms_root", certificate=root)
    if target == 3:
        await way.take("certificate", way.certificate)
    if link.codec.version == "1.6":
        await way.send("security_profile", "upgrade_security", profile=target)
    else:
        await way.take("network_profile", way.network_profile)
        await way.send("reset", "reset", kind="soft")
    return way.ending()


class _Way:
    """The steps so far; after one that failed no other is taken."""

    def __init__(self, link_of: Callable[[str], Link | None], command: Command, hub: Hub) -> None:
        self._link_of = link_of
        self._station: str = command.args["station"]
        self._command = command
        self._hub = hub
        self._steps: list[str] = []
        self._failed: Ending | None = None

    def _link(self) -> Link | None:
        link = self._link_of(self._station)
        return link if link is not None and link.ready and not link.closed else None

    async def until(self, check: Callable[[], object], within_s: float) -> bool:
        """Wait for something to be so, for so long at most; not after a step that failed."""
        ends = self._hub.monotonic() + within_s
        while self._failed is None and not check() and self._hub.monotonic() < ends:  # noqa: ASYNC110 (what state says)
            await asyncio.sleep(0.1)
        return bool(check())

    async def take(self, step: Step, act: Callable[[Link], Awaitable[Ending]]) -> None:
        if self._failed is not None:
            return
        await self.until(self._link, BACK_S)
        try:
            link = self._link()
            ending = await act(link) if link is not None else Ending("failed", "it went, and did not come back")
        except AnswerLost as lost:
            ending = Ending("unknown", str(lost))
        done = ending.state == "done"
        fact = SecurityStepTaken(
            station=self._station, at=self._hub.now(), target=self._command.args["profile"], step=step,
            outcome="done" if done else "failed", detail=ending.reason,
        )  # fmt: skip
        await self._hub.record(fact)
        self._steps.append(step)
        self._failed = None if done else ending

    async def send(self, step: Step, name: str, **args: Any) -> None:
        await self.take(step, lambda link: self._send(link, name, **args))

    async def _send(self, link: Link, name: str, **args: Any) -> Ending:
        args["station"] = self._station
        ending = await execution.carry_out(link, replace(self._command, name=name, args=args), 0)
        if name == "upgrade_security" and link.codec.version == "1.6" and ending.state == "done":
            return Ending("done", "OCPP 1.6 has no message for the URL: where the station keeps ws://, change it there")
        return ending

    def _newest(self) -> StationCertificate | None:
        seen = self._hub.state.stations.get(self._station)
        return newest(seen) if seen is not None else None

    async def certificate(self, link: Link) -> Ending:
        """The station asks, somebody signs, the station takes it: seen in the state."""
        before = self._newest()
        if before is not None and (before.expires_at is None or before.expires_at > self._hub.now()):
            return Ending("done", "it has one already")
        asked = await self._send(link, "sign_certificate")
        if asked.state != "done":
            return asked
        if await self.until(lambda: self._newest() not in (None, before), SIGNING_S):
            return Ending("done")
        return Ending("failed", f"the station took no certificate within {SIGNING_S:.0f} s")

    async def network_profile(self, link: Link) -> Ending:
        """Into a slot that is not in use, which then goes first; the others stay behind it as the way back."""
        place = {"component": "OCPPCommCtrlr", "variable": "NetworkConfigurationPriority"}
        told = await self._send(link, "get_variables", variables=[place])
        text = (told.result or {}).get("variables", [{}])[0].get("value") or ""
        used = [each for each in str(text).replace(" ", "").split(",") if each.isdigit()]
        slot = next((each for each in SLOTS if str(each) not in used), SLOTS[-1])
        args = self._command.args
        ending = await self._send(link, "upgrade_security", profile=args["profile"], url=args["url"], slot=slot)
        if ending.state != "done":
            return ending
        order = ",".join([str(slot), *(each for each in used if each != str(slot))])
        return await self._send(link, "set_variables", variables=[{**place, "value": order}])

    def ending(self) -> Ending:
        result = {"steps": self._steps}
        if self._failed is None:
            return Ending("done", None, result)
        reason = f"{self._steps[-1]}: {self._failed.reason or self._failed.state}"
        return Ending("failed", reason, result)


def means(settings: OcppSettings, *, signs_here: bool) -> Means:
    """What there is by the site's file. A listener's own `client_ca` says that somebody signs."""
    files = [listen.tls for listen in settings.listen if listen.tls is not None]
    named = any(each.client_ca is not None for each in files)
    return Means(tuple(each.certificate for each in files), signs_here or named)


def _root(certificates: tuple[Path, ...]) -> str | None:
    return next((root for path in certificates if (root := root_in(path)) is not None), None)
