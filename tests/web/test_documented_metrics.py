"""docs/metrics.md against what a gateway exports: every metric is there as it is, and nothing else."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

import edgegw
from edgegw.daemon import journald
from edgegw.hub import Hub, Keep
from edgegw.journal.space import MIB
from edgegw.web import counting
from edgegw.web.eva.figures import COUNTERS, GAUGES
from edgegw.web.eva.presence import Eva
from edgegw.web.metrics import HubCollector, exposition, written_bytes
from tests.settings.files import complaints
from tests.support.hubs import a_hub
from tests.web.served import busy_hub, neighbours, serving
from tests.web.test_metrics import values

CHECKOUT = Path(edgegw.__file__).parents[1]
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (gauge|counter|histogram) \| ([a-z, ]*) ?\| (.+?) \| (.*?) ?\|$")

Described = dict[str, tuple[str, frozenset[str]]]
"""Type and labels by name, as it stands in a query."""


def documented() -> Described:
    found: Described = {}
    for line in (CHECKOUT / "docs" / "metrics.md").read_text().splitlines():
        if (row := ROW.match(line)) is not None:
            name, kind, labels, meaning, _ = row.groups()
            assert name not in found, f"{name} stands there twice"
            assert meaning.strip()
            found[name] = kind, frozenset(filter(None, (each.strip() for each in labels.split(","))))
    return found


def described(families: Iterable[Any]) -> Described:
    found: Described = {}
    for family in families:
        labels = getattr(family, "_labelnames", None)
        if labels is None:
            labels = {name for sample in family.samples for name in sample.labels}
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = family.type, frozenset(labels)
    return found


def of_modules() -> Described:
    """Metrics of every module that counts."""
    for path in (CHECKOUT / "edgegw").rglob("*.py"):
        if "prometheus_client" in path.read_text():
            importlib.import_module(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
    found: Described = {}
    for collector in list(REGISTRY._collector_to_names):
        labels = getattr(collector, "_labelnames", None)
        for family in collector.collect():
            found |= described([family])
            if labels is not None:
                found[f"{family.name}_total" if family.type == "counter" else family.name] = (
                    family.type, frozenset(labels),
                )  # fmt: skip
    return found


async def of_a_hub(hub: Hub) -> Described:
    eva = Eva()
    eva.figures.told.update(dict.fromkeys((*GAUGES, *COUNTERS), 1.0))
    around = neighbours()
    around.eva = lambda: eva
    return described(HubCollector(hub, around).collect())


async def test_every_metric_is_documented_as_it_is_and_no_other(tmp_path: Path) -> None:
    async with a_hub(tmp_path, budget_bytes=4 * MIB, keep=Keep()) as hub:
        exported = of_modules() | await of_a_hub(hub)
    told = documented()
    assert exported.keys() - told.keys() == set(), "not in docs/metrics.md"
    assert told.keys() - exported.keys() == set(), "exported by nobody"
    assert told == exported


async def test_strangers_and_wrong_paths_make_no_series(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        for path in ("/wp-login.php", "/api/v1/stations/nobody", "//", "/api/v1/commands/../..", "/x/y?z=1"):
            await web.guest.get(path)
        await web.guest.ask("BREW", "/coffee")
        found = values((await web.guest.get("/metrics")).body.decode())
    areas = {dict(labels)["area"] for name, labels in found if name == "edgegw_web_requests_total"}
    assert areas <= {"api", "page", "metrics", "health"}
    assert "wp-login" not in str(found)


async def test_requests_are_counted_with_what_they_were_answered(tmp_path: Path) -> None:
    def count(area: str, status: str) -> float:
        return REGISTRY.get_sample_value("edgegw_web_requests_total", {"area": area, "status": status}) or 0.0

    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as web:
        before = count("api", "200"), count("api", "404"), count("page", "421")
        await web.guest.get("/api/v1/site?")
        await web.guest.get("/api/v1/stations/nobody")
        refused = await web.guest.ask("GET", "/", headers={"host": "evil.example"})
        assert count("page", str(refused.status)) >= 1, "what is turned away at the door counts too"
        assert (count("api", "200"), count("api", "404")) == (before[0] + 1, before[1] + 1)
    assert counting.SECONDS._labelnames == ("area",)


async def test_series_grow_with_the_site_and_with_nothing_else(tmp_path: Path) -> None:
    """Of a site of two stations, a meter and a circuit: a Prometheus on a small machine takes thousands of such."""
    async with busy_hub(tmp_path) as hub:
        text, _ = exposition(hub, neighbours())
    assert len([line for line in text.decode().splitlines() if not line.startswith("#")]) < 1500


def test_bytes_that_were_written_are_the_kernels_count(tmp_path: Path) -> None:
    file = tmp_path / "io"
    file.write_text("rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: 4711\ncancelled_write_bytes: 5\n")
    assert written_bytes(file) == 4711
    assert written_bytes(tmp_path / "none") is None


def blocks(kind: str) -> list[str]:
    return re.findall(
        rf"^```{kind}\n(.*?)^```", (CHECKOUT / "docs" / "metrics.md").read_text(), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_configuration_of_the_page_is_one(tmp_path: Path, text: str) -> None:
    assert complaints(tmp_path, f"site: {{id: a}}\nstations: [{{id: A}}]\n{text}") == complaints(
        tmp_path, "site: {id: a}\nstations: [{id: A}]\n"
    )


async def test_the_health_of_the_page_is_what_is_answered(tmp_path: Path) -> None:
    (told,) = map(json.loads, blocks("json"))
    kept: dict[str, Any] = {"budget_bytes": 4 * MIB, "keep": Keep(), "disk_free": lambda folder: 1}
    async with a_hub(tmp_path, **kept) as hub, serving(hub, tmp_path, neighbours()) as web:
        await hub.tick()
        answer = await web.guest.get("/health/ready")
    assert answer.status == 503
    assert told.items() <= answer.json.items()


def test_the_fields_of_the_page_are_those_of_the_log() -> None:
    (commands,) = blocks("sh")
    assert set(re.findall(r"\b([A-Z_]{3,})=", commands)) == set(journald._FIELDS.values())
