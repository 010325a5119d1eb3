"""/api/v1/kiosk: what the kiosk's screen shows and does, and which browsers are that screen.

Whoever may look at the page may fetch its files. To see the driver's state and to touch anything, a browser needs the
cookie that pairing gave it, at each listener alike; codes and browsers are the installer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edgegw.hub import Hub
from edgegw.model.kiosk import ProposalAnswer
from edgegw.web.access import Access
from edgegw.web.answers import as_json, paged
from edgegw.web.kiosk.pairing import CODE_S, CodeRefused, Pairing
from edgegw.web.kiosk.trials import Locked
from edgegw.web.neighbours import Json, Neighbours
from edgegw.web.problems import Problem
from edgegw.web.query import body_of, named, query_of
from edgegw.web.stream import EventStream, Streams

if TYPE_CHECKING:  # the kiosk itself comes with the configuration that asks for one
    from edgegw.web.kiosk.desk import Desk

COOKIE = "edgegw_kiosk"
COOKIE_S = 400 * 86400
"""Browsers keep a cookie no longer; each look at the state gives it anew."""

MAX_NAME = 128
MAX_PIN = 16


class KioskApi:
    """The routes for one listener."""

    def __init__(self, hub: Hub, neighbours: Neighbours, access: Access, streams: Streams) -> None:
        self._hub = hub
        self._neighbours = neighbours
        self._access = access
        self._streams = streams

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/kiosk", self.state),
            Route("/api/v1/kiosk/events", self.events),
            Route("/api/v1/kiosk/pair", self.pair, methods=["POST"]),
            Route("/api/v1/kiosk/propose", self.propose, methods=["POST"]),
            Route("/api/v1/kiosk/confirm/{id}", self.confirm, methods=["POST"]),
            Route("/api/v1/kiosk/decline/{id}", self.decline, methods=["POST"]),
            Route("/api/v1/kiosk/close", self.close, methods=["POST"]),
            Route("/api/v1/kiosk/pin", self.pin, methods=["POST"]),
            Route("/api/v1/kiosk/button", self.button, methods=["POST"]),
            Route("/api/v1/kiosk/code", self.code, methods=["POST"]),
            Route("/api/v1/kiosk/browsers", self.browsers),
            Route("/api/v1/kiosk/browsers/{id}", self.unpair, methods=["DELETE"]),
        ]

    # The screen

    async def state(self, request: Request) -> Response:
        query_of(request)
        desk, site = self._desk(), self._hub.site
        paired = self._browser(request, desk) is not None
        body: Json = {
            "paired": paired,
            "site": {
                "name": site.name, "locale": site.locale, "timezone": site.timezone, "currency": site.currency,
            },
        }  # fmt: skip
        answer = as_json(body | {"state": desk.state() if paired else None})
        if paired and (cookie := request.cookies.get(COOKIE)) is not None:
            _give(answer, cookie)
        return answer

    async def events(self, request: Request) -> Any:
        query_of(request)
        desk, _ = self._touched(request)

        def may() -> bool:
            return self._browser(request, desk) is not None

        return EventStream(self._streams, lambda over: desk.stream(over, may), paired=desk.pairing is not None)

    async def propose(self, request: Request) -> Response:
        desk, _ = self._touched(request)
        body = await body_of(request, ("tool", "args", "call_id", "language"))
        tool, args, call_id, language = (body.get(name) for name in ("tool", "args", "call_id", "language"))
        if not _is_name(tool) or not isinstance(args if args is not None else {}, dict):
            raise Problem("invalid", "tool is the name of one, and args is an object")
        if not all(each is None or _is_name(each) for each in (call_id, language)):
            raise Problem("invalid", f"call_id and language are texts of 1 to {MAX_NAME} characters")
        return _told(await desk.propose(str(tool), args or {}, call_id, language))

    async def confirm(self, request: Request) -> Response:
        desk, browser = self._touched(request)
        await body_of(request, ())
        return _told(await desk.confirm(named(request), browser))

    async def decline(self, request: Request) -> Response:
        desk, _ = self._touched(request)
        await body_of(request, ())
        desk.decline(named(request))
        return as_json({"declined": True})

    async def close(self, request: Request) -> Response:
        desk, _ = self._touched(request)
        await body_of(request, ())
        desk.close()
        return as_json({"closed": True})

    async def pin(self, request: Request) -> Response:
        desk, _ = self._touched(request)
        pin = (await body_of(request, ("pin",))).get("pin")
        if not isinstance(pin, str) or not 0 < len(pin) <= MAX_PIN:
            raise Problem("invalid", f"pin is a text of 1 to {MAX_PIN} digits")
        try:
            accepted = await desk.typed(pin)
        except Locked as locked:
            answer = as_json({"accepted": False, "wait_s": round(locked.wait_s)}, 429)
            answer.headers["retry-after"] = str(round(locked.wait_s) or 1)
            return answer
        return as_json({"accepted": accepted, "wait_s": desk.state()["pin_wait_s"]})

    async def button(self, request: Request) -> Response:
        desk, _ = self._touched(request)
        pressed = (await body_of(request, ("pressed",))).get("pressed")
        if not isinstance(pressed, bool):
            raise Problem("invalid", "pressed is true or false")
        if not desk.eva.is_there:
            raise Problem("unavailable", f"{desk.assistant} is not there now; use the buttons")
        desk.eva.pressed(pressed)
        return as_json({"pressed": pressed})

    # Pairing

    async def pair(self, request: Request) -> Response:
        pairing = self._pairing()
        code = (await body_of(request, ("code",))).get("code")
        if not _is_name(code):
            raise Problem("invalid", "code is what edgegw kiosk pair has printed")
        try:
            cookie = pairing.pair(str(code))
        except CodeRefused as refused:
            raise Problem("not-allowed", str(refused)) from None
        except OSError as error:
            raise Problem("unavailable", f"the pairing can't be kept: {error.strerror or error}") from None
        answer = as_json({"paired": True})
        _give(answer, cookie)
        return answer

    async def code(self, request: Request) -> Response:
        pairing = self._installers()
        await body_of(request, ())
        return as_json({"code": pairing.code(), "expires_in_s": CODE_S})

    async def browsers(self, request: Request) -> Response:
        query_of(request)
        return as_json(paged(self._installers().browsers()))

    async def unpair(self, request: Request) -> Response:
        query_of(request)
        try:
            known = self._installers().unpair(named(request))
        except OSError as error:
            raise Problem("unavailable", f"it can't be written down: {error.strerror or error}") from None
        if not known:
            raise Problem("not-found", "no browser of this id is paired")
        self._desk().eva.bell.ring()
        return Response(status_code=204, headers={"cache-control": "no-store"})

    # Who asks

    def _desk(self) -> Desk:
        desk = self._neighbours.kiosk()
        if desk is None:
            raise Problem("not-found", "this site has no kiosk: the configuration has neither web.kiosk nor a voice")
        return desk

    def _pairing(self) -> Pairing:
        pairing = self._desk().pairing
        if pairing is None:
            raise Problem("conflict", "any browser is the kiosk's here: web.kiosk.pairing is false")
        return pairing

    def _installers(self) -> Pairing:
        if not self._access.change:
            raise Problem("not-allowed", "that is the installer's; use edgegw kiosk on the gateway")
        return self._pairing()

    def _touched(self, request: Request) -> tuple[Desk, str]:
        """The desk, and the browser that asks: one that may."""
        desk = self._desk()
        browser = self._browser(request, desk)
        if browser is None:
            raise Problem("not-allowed", "this browser is not paired; pair it with the code of: edgegw kiosk pair")
        return desk, browser

    def _browser(self, request: Request, desk: Desk) -> str | None:
        return "any" if desk.pairing is None else desk.pairing.browser(request.cookies.get(COOKIE))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME


def _give(answer: Response, cookie: str) -> None:
    answer.set_cookie(COOKIE, cookie, max_age=COOKIE_S, path="/api/v1/kiosk", httponly=True, samesite="strict")


def _told(answer: ProposalAnswer) -> Response:
    return as_json(
        {
            "decision": answer.decision, "say": answer.say, "action": answer.action, "reason": answer.reason,
            "result": answer.result,
        }
    )  # fmt: skip
