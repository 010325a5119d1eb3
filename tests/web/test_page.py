"""The page: its files hold together, and a real browser shows a hub at work with it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TypeVar, get_args

import pytest

from edgegw.journal.rows import stamp
from edgegw.model import facts as f
from edgegw.model.facts import FACTS, ConnectorStatus
from edgegw.model.requests import BootRequest, ChargingState, TransactionAnswer
from edgegw.model.samples import MeterSample
from edgegw.stations.knocks import Knocks
from edgegw.web import findings, page
from edgegw.web.server import Web
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_station, start, stop
from tests.web.browser import EXECUTABLE, Tab, chromium
from tests.web.served import SECRETS, busy_hub, busy_site, neighbours, running, serving

T = TypeVar("T")

needs_chromium = pytest.mark.skipif(EXECUTABLE is None, reason="chromium is not installed (apt install chromium)")


def source(name: str) -> str:
    return resources.files(page).joinpath(name).read_text()


def texts(name: str = "texts.js", value: str = r"\"[^\"]+\"") -> dict[str, set[str]]:
    """Keys of the texts by language."""
    blocks = re.findall(r'^  "?([a-zA-Z-]+)"?: \{$(.*?)^  \},$', source(name), re.MULTILINE | re.DOTALL)
    found: dict[str, set[str]] = {}
    for language, body in blocks:
        found.setdefault(language, set()).update(re.findall(rf"\b(\w+): {value}", body))
    return found


def test_every_language_says_everything() -> None:
    found = texts()
    assert found.keys() == {"pt-BR", "en", "es"}
    assert found["pt-BR"] == found["en"] == found["es"]
    used = set(re.findall(r"\btext\.(\w+)", source("page.js"))) | set(
        re.findall(r'data-text="(\w+)"', source("index.html"))
    )
    used |= set(re.findall(r"\bwords\.(\w+)", source("forecast.js")))
    assert used <= found["en"]
    assert set(get_args(ConnectorStatus)) <= found["en"]
    assert set(get_args(ChargingState)) - {"ev_connected", "idle"} <= found["en"]


def test_every_language_says_everything_of_a_station() -> None:
    found = texts("stations_texts.js")
    assert found.keys() == {"pt-BR", "en", "es"}
    assert found["pt-BR"] == found["en"] == found["es"]
    page_of_stations = source("stations.js") + source("stations.html")
    used = re.findall(r"\btext\.(\w+)", page_of_stations) + re.findall(r'data-text="(\w+)"', page_of_stations)
    assert set(used) <= found["en"]
    sources = {"by_file", "by_installer", "by_ledger"} | {
        f"proven_{by}" for by in ("password", "certificate", "nothing")
    }
    assert sources | {"up", "silent", "down", "never", "accepted", "pending", "rejected"} <= found["en"]


def test_what_is_wrong_is_said_in_every_language_that_the_api_does_not_speak() -> None:
    words = texts("findings.js", r"\[\"[^\"]+\", \"[^\"]+\"\]")
    said = set(re.findall(r'_finding\(\s*"(\w+)"', inspect.getsource(findings)))
    clocks = {f"clock_{fault}" for fault in findings._CLOCKS}
    assert words.keys() == {"pt-BR", "es"}
    assert words["pt-BR"] == words["es"]
    assert words["es"] == said | clocks | findings.TURNED_AWAY.keys() | {"path", "connected"} | {
        f"tls_{word}" for word in ("silent", "gone", "other")
    }


def test_the_page_listens_to_facts_that_there_are() -> None:
    listened = re.search(r"const CHANGES = \[(.*?)\]", source("page.js"), re.DOTALL)
    assert listened is not None
    assert set(re.findall(r'"(\w+)"', listened[1])) - {"state"} <= FACTS.keys()


def test_nothing_in_the_page_needs_what_its_policy_forbids() -> None:
    index = source("index.html") + source("stations.html")
    assert not re.findall(r"<script(?![^>]* src=)|<style|\bstyle=|\bon\w+=", index)
    assert not re.findall(r"(?:src|href)=\"(?!/|data:)", index)
    assert not any("innerHTML" in source(name) for name in ("page.js", "parts.js", "stations.js", "forecast.js"))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of a colour `#rrggbb`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", each)) for each in source("page.css").split("@media")[:2]
    )
    colours = light if scheme == "light" else {**light, **dark}
    texts_on = [(text, ground) for text in ("ink", "quiet") for ground in ("ground", "card", "track")]
    texts_on += [(kind, f"{kind}-ground") for kind in ("good", "warm", "bad")]
    texts_on += [("warm", "ground"), ("bad", "ground")]
    for text, ground in texts_on:
        high, low = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 5.0, (text, ground)


async def browse(folder: Path, look: Callable[[Tab], T]) -> T:
    """What `look` makes of a browser, on a thread of its own while the service runs here."""

    def work() -> T:
        with chromium(folder) as tab:
            return look(tab)

    return await asyncio.to_thread(work)


@needs_chromium
async def test_a_browser_shows_spots_phases_costs_and_markup_as_text(tmp_path: Path) -> None:
    clock = FakeClock()
    evil = '<img src=x onerror="document.title=1"><b>Vaga</b>'
    async with busy_hub(tmp_path, clock) as hub:
        stations = {**hub.site.stations, "CP01": replace(a_station("CP01"), name=evil)}
        await hub.configure(replace(busy_site(), stations=stations))
        async with serving(hub, tmp_path, neighbours()) as web:

            def look(tab: Tab) -> tuple[str, list[str], list[str]]:
                tab.size(390, 844)
                tab.open(f"http://127.0.0.1:{web.web.port}/")
                tab.until("document.querySelectorAll('.spot').length === 4")
                phases = tab.evaluate(
                    "[...document.querySelectorAll('[role=meter]')].map((each) => each.ariaValueText)"
                )
                assert tab.evaluate("document.querySelectorAll('main img, main h3 b').length") == 0
                assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
                return tab.text(), phases, tab.trouble

            text, phases, trouble = await browse(tmp_path, look)
    assert trouble == []
    assert evil in text
    assert phases == ["40,5 de 61 A"] * 3
    assert "11,0 kW" in text
    assert "R$\xa00,50" in text  # running
    assert "R$\xa020,00" in text  # ended
    for state in ("carregando", "sem conexão", "aguardando instalador", "Limite de segurança", "15 registros a enviar"):
        assert state in text


@needs_chromium
@pytest.mark.parametrize(
    ("locale", "sentences"),
    [
        (
            "pt-BR",
            ("Espera que alguém a aceite", "Está ausente desde 02/03", "usuário ou senha errados", "TLS: não fala"),
        ),
        ("en", ("It waits to be let in", "It has been away since", "wrong or missing user name", "it speaks no TLS")),
        (
            "es",
            (
                "Espera a que alguien la acepte",
                "Está ausente desde",
                "usuario o contraseña equivocados",
                "TLS: no habla",
            ),
        ),
    ],
)
async def test_the_installers_page_says_what_is_wrong_with_each_station(
    tmp_path: Path, locale: str, sentences: tuple[str, ...]
) -> None:
    evil = '<img src=x onerror="document.title=1">'
    async with busy_hub(tmp_path) as hub:
        await hub.configure(replace(busy_site(), locale=locale, unknown_stations="pending"))
        await hub.request(BootRequest(station="CP09", at=hub.now(), ocpp="1.6", vendor=evil, model="One"))
        knocks = Knocks(hub.now)
        knocks.turned_away("CP44", "10.0.0.4", "password", "wrong or missing user name or password")
        knocks.turned_away(None, "10.0.0.5", "tls_version", "it speaks no TLS of 1.2 or newer")
        about = replace(neighbours(), knocks=knocks.of, knocked=knocks.all)
        async with serving(hub, tmp_path, about) as web:
            proxy = await asyncio.start_server(partial(pipe, tmp_path / "control.sock"), "127.0.0.1", 0)

            def look(tab: Tab) -> tuple[str, str]:
                told = []
                for port, knocked in ((web.web.port, 0), (proxy.sockets[0].getsockname()[1], 2)):
                    tab.size(390, 844)
                    tab.open(f"http://127.0.0.1:{port}/stations")
                    tab.until("document.querySelectorAll('.station').length === 3")
                    tab.until(f"document.querySelector('#knocks').children.length === {knocked}")
                    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
                    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
                    assert tab.evaluate("document.querySelectorAll('main img').length") == 0
                    told.append(tab.text())
                assert tab.trouble == []
                return told[0], told[1]

            guest, installer = await browse(tmp_path, look)
            proxy.close()
    assert all(sentence in guest for sentence in sentences[:2])
    assert all(sentence in installer for sentence in sentences)
    assert evil in guest
    assert not any(secret in guest for secret in (*SECRETS, "10.0.0.4"))
    assert "SN-778899" in installer


async def pipe(socket: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What `ssh -L` does: one connection to the control socket for each that comes."""
    far_reader, far_writer = await asyncio.open_unix_connection(socket)

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
            target.close()

    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


@needs_chromium
@pytest.mark.parametrize(("locale", "words"), [("en", "charging"), ("es", "cargando")])
async def test_the_page_speaks_the_sites_language(tmp_path: Path, locale: str, words: str) -> None:
    async with busy_hub(tmp_path) as hub:
        await hub.configure(replace(busy_site(), locale=locale))
        async with serving(hub, tmp_path) as web:

            def look(tab: Tab) -> tuple[str, str]:
                tab.open(f"http://127.0.0.1:{web.web.port}/")
                tab.until("document.querySelectorAll('.spot').length > 0")
                return tab.text(), tab.evaluate("document.documentElement.lang")

            text, lang = await browse(tmp_path, look)
    assert lang == locale
    assert words in text
    assert "carregando" not in text


@needs_chromium
async def test_the_page_is_live_says_when_the_contact_is_lost_and_finds_it_again(tmp_path: Path) -> None:
    clock = FakeClock()
    loop = asyncio.get_running_loop()
    async with a_hub(tmp_path, clock) as hub:
        web = Web(hub, neighbours(), listen=("127.0.0.1", 0), control=None)
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        await hub.record(
            f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"),
            f.StationStatusChanged(at=clock.now(), station="CP01", evse=1, connector=1, status="charging"),
        )

        async def observe() -> None:
            hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_005_000, "power_w": 7400.0})])

        async def end() -> None:
            clock.advance(60)
            await hub.request(stop(clock, answer))

        def here(work: Callable[[], object]) -> None:
            asyncio.run_coroutine_threadsafe(work(), loop).result(10)  # type: ignore[arg-type]

        stopping, again = asyncio.Event(), asyncio.Event()

        async def signal(event: asyncio.Event) -> None:
            event.set()

        def look(tab: Tab) -> None:
            tab.open(f"http://127.0.0.1:{port}/")
            tab.until("document.body.innerText.includes('carregando')")
            # No poll from here on: what shows up was streamed.
            tab.evaluate("const real = setTimeout; setTimeout = (work, ms) => ms < 5000 ? real(work, ms) : 0")
            here(observe)
            tab.until("document.body.innerText.includes('7,4 kW')")
            here(end)
            tab.until("document.body.innerText.includes('R$\xa020,00')")
            here(lambda: signal(stopping))
            tab.until("!document.getElementById('lost').hidden")
            assert "Sem contato" in tab.text()
            here(lambda: signal(again))
            tab.until("document.getElementById('lost').hidden")

        async with running(web):
            port = web.port
            looking = asyncio.ensure_future(browse(tmp_path, look))
            waiting = asyncio.ensure_future(stopping.wait())
            await asyncio.wait((looking, waiting), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        if looking.done():
            await looking
        await again.wait()
        assert port is not None
        async with running(Web(hub, neighbours(), listen=("127.0.0.1", port), control=None)):
            await looking


@needs_chromium
async def test_what_is_to_come_is_a_curve_with_its_error_beneath_it(tmp_path: Path) -> None:
    begins_at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    quarters = [
        {
            "begins_at": stamp(begins_at + timedelta(minutes=15 * n)),
            "building": {"mean_w": 20_000 + 200 * n, "low_w": 15_000, "high_w": 42_000},
            "cars": {"mean_w": 8000, "low_w": 0, "high_w": 16_000},
        }
        for n in range(96)
    ]
    error = {"mean_w": 2345, "share": 0.1, "quarters": 672}
    shown = {
        "ready": True, "timezone": "America/Sao_Paulo", "quarters": quarters,
        "building": {"days": 28.0, "errors": {"hour": error, "quarter_day": error, "half_day": error}},
        "cars": {"days": 28.0, "errors": {"hour": None, "quarter_day": None, "half_day": None}},
    }  # fmt: skip
    about = neighbours()
    services = about.services() | {"forecast": {"state": "running", "reason": None, "restarts": 0}}
    about.services, about.forecast = lambda: services, lambda: shown
    async with busy_hub(tmp_path, FakeClock()) as hub, serving(hub, tmp_path, about) as web:

        def look(tab: Tab) -> tuple[list[str], str, str]:
            tab.size(390, 844)
            tab.open(f"http://127.0.0.1:{web.web.port}/")
            tab.until("document.querySelector('#forecast svg') !== null")
            words = tab.evaluate("[...document.querySelectorAll('#forecast text')].map((each) => each.textContent)")
            means = tab.evaluate("document.querySelector('#forecast .mean.building').getAttribute('points')")
            return words, tab.evaluate("document.querySelector('#forecast p').textContent"), means

        words, beneath, means = await browse(tmp_path / "browser", look)
    assert words == ["42 kW", "09:00", "15:00", "21:00", "03:00"], "by the site's clock"
    assert beneath == (
        "prédio: 28 dias de histórico, erro médio 2,3 kW · veículos: 28 dias de histórico, ainda sem erro medido"
    )
    assert means.startswith("0.0,62.9 ")
    assert len(means.split()) == 96
