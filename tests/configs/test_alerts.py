"""configs/prometheus/alerts.yaml by promtool: each rule fires for what it is about, and stays silent otherwise."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from edgegw.cli import main
from tests.web.test_documented_metrics import documented

CONFIGS = Path(__file__).parents[2] / "configs"
ALERTS = CONFIGS / "prometheus" / "alerts.yaml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt install prometheus")

RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in YAML(typ="safe").load(ALERTS)["groups"] for rule in group["rules"]
}

SITE = 'job="edgegw",instance="paulista"'

CASES: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "EdgegwDown": ("5m", {"up": "0+0x600"}, {"up": "1+0x600"}),
    "EdgegwNotReady": ("5m", {"edgegw_ready": "0+0x600"}, {"edgegw_ready": "1+0x600"}),
    "EdgegwServiceDown": (
        "15m", {'edgegw_service_up{service="uplink"}': "0+0x600"},
        {'edgegw_service_up{service="uplink"}': "0+0x5 1+0x600"}
    ),
    "EdgegwStorageFull": ("1m", {"edgegw_storage_full": "1+0x600"}, {"edgegw_storage_full": "0+0x600"}),
    "EdgegwStorageShort": (
        "40m",
        {'edgegw_storage_left_bytes{of="budget"}': "9+0x600", "edgegw_storage_budget_bytes": "100+0x600"},
        {'edgegw_storage_left_bytes{of="budget"}': "11+0x600", 'edgegw_storage_left_bytes{of="disk"}': "1+0x600",
         "edgegw_storage_budget_bytes": "100+0x600"},
    ),
    "EdgegwLedgerDown": ("3m", {"edgegw_journal_down": "1+0x600"}, {"edgegw_journal_down": "0+0x600"}),
    "EdgegwCommitsFail": (
        "10m", {"edgegw_journal_failed_commits_total": "0 0 1+0x600"},
        {"edgegw_journal_failed_commits_total": "7+0x600"},
    ),
    "EdgegwDiskSlow": (
        "2h",
        {'sigec_database_latency_seconds_bucket{le="0.25"}': "0+9x600",
         'sigec_database_latency_seconds_bucket{le="1"}': "0+10x600",
         'sigec_database_latency_seconds_bucket{le="+Inf"}': "0+10x600"},
        {'sigec_database_latency_seconds_bucket{le="0.05"}': "0+10x600",
         'sigec_database_latency_seconds_bucket{le="+Inf"}': "0+10x600"},
    ),
    "EdgegwWritesTooMuch": (
        "12h", {"edgegw_written_bytes_total": "0+2000000x900"}, {"edgegw_written_bytes_total": "0+500000x900"}
    ),
    "EdgegwLoopStalls": (
        "10m", {"edgegw_loop_stalled_seconds_total": "0 0 3+0x600"},
        {"edgegw_loop_stalled_seconds_total": "5+0x600"},
    ),
    "EdgegwDescriptorsShort": (
        "15m", {"process_open_fds": "900+0x600", "process_max_fds": "1000+0x600"},
        {"process_open_fds": "100+0x600", "process_max_fds": "1000+0x600"},
    ),
    "EdgegwClockUnsynced": (
        "70m", {"edgegw_clock_unsynced": "1+0x600"}, {"edgegw_clock_unsynced": "1+0x30 0+0x600"}
    ),
    "EdgegwStationGone": (
        "20m", {'edgegw_station_connected{station="CP01"}': "0+0x600"},
        {'edgegw_station_connected{station="CP01"}': "0+0x10 1+0x600"},
    ),
    "EdgegwStationsGoneTogether": (
        "5m",
        {f'edgegw_station_connected{{station="CP0{n}"}}': f"{int(n == 1)}+0x600" for n in (1, 2, 3)},
        {f'edgegw_station_connected{{station="CP0{n}"}}': f"{int(n != 1)}+0x600" for n in (1, 2, 3)},
    ),
    "EdgegwStationsNotLetIn": (
        "1h", {'edgegw_ocpp_connections_refused_total{reason="password"}': "0+1x600"},
        {'edgegw_ocpp_connections_refused_total{reason="password"}': "0+0.2x600"},
    ),
    "EdgegwStationsMute": (
        "1h", {"edgegw_stations_fell_silent_total": "0+0.1x600"}, {"edgegw_stations_fell_silent_total": "9+0x600"}
    ),
    "EdgegwBadFrames": (
        "1h", {'edgegw_ocpp_bad_frames_total{reason="json"}': "0+2x600"},
        {'edgegw_ocpp_bad_frames_total{reason="json"}': "0+0.5x600"},
    ),
    "EdgegwAnswersSlow": (
        "1h",
        {'edgegw_ocpp_answer_seconds_bucket{le="1"}': "0+9x600",
         'edgegw_ocpp_answer_seconds_bucket{le="5"}': "0+10x600",
         'edgegw_ocpp_answer_seconds_bucket{le="+Inf"}': "0+10x600"},
        {'edgegw_ocpp_answer_seconds_bucket{le="1"}': "0+10x600",
         'edgegw_ocpp_answer_seconds_bucket{le="+Inf"}': "0+10x600"},
    ),
    "EdgegwMeterStale": (
        "4m", {'edgegw_meter_stale{meter="grid"}': "1+0x600"}, {'edgegw_meter_stale{meter="grid"}': "1 0+0x600"}
    ),
    "EdgegwFallback": ("8m", {"edgegw_fallback": "1+0x600"}, {"edgegw_fallback": "1 1 0+0x600"}),
    "EdgegwOverload": (
        "3m",
        {'edgegw_circuit_measured_amperes{circuit="main",phase="L1"}': "64+0x600",
         'edgegw_circuit_limit_amperes{circuit="main",phase="L1"}': "63+0x600"},
        {'edgegw_circuit_measured_amperes{circuit="main",phase="L1"}': "64+0x600",
         'edgegw_circuit_limit_amperes{circuit="main",phase="L2"}': "63+0x600"},
    ),
    "EdgegwUplinkAway": ("40m", {"edgegw_uplink_connected": "0+0x600"}, {"edgegw_uplink_connected": "1+0x600"}),
    "EdgegwUplinkLags": (
        "30m",
        {'edgegw_uplink_oldest_unacknowledged_seconds{stream="A"}': "4000+60x600",
         "edgegw_uplink_connected": "1+0x600"},
        {'edgegw_uplink_oldest_unacknowledged_seconds{stream="A"}': "4000+60x600",
         "edgegw_uplink_connected": "0+0x600"},
    ),
    "EdgegwEventsParked": (
        "10m", {'edgegw_uplink_parked_total{stream="A"}': "0 0 1+0x600"},
        {'edgegw_uplink_parked_total{stream="A"}': "3+0x600"},
    ),
    "EdgegwRecordsDropped": (
        "10m", {'edgegw_journal_dropped_total{stream="B",reason="dropped"}': "0 0 90+0x600"},
        {'edgegw_journal_dropped_total{stream="B",reason="expired"}': "0+90x600"},
    ),
    "EdgegwUpstreamLags": (
        "20m", {"edgegw_upstream_oldest_seconds": "4000+60x600"}, {"edgegw_upstream_oldest_seconds": "10+0x600"}
    ),
    "EdgegwPageFails": (
        "1h", {'edgegw_web_requests_total{area="api",status="500"}': "0+1x600"},
        {'edgegw_web_requests_total{area="api",status="404"}': "0+9x600"},
    ),
    "EdgegwVoiceInTrouble": (
        "20m", {'edgegw_voice_state{state="mic_lost"}': "1+0x600"}, {'edgegw_voice_state{state="idle"}': "1+0x600"}
    ),
    "EdgegwVoiceBudget": (
        "2m", {"edgegw_voice_budget_used_seconds": "7000+0x600", "edgegw_voice_budget_seconds": "7200+0x600"},
        {"edgegw_voice_budget_used_seconds": "60+0x600", "edgegw_voice_budget_seconds": "7200+0x600"},
    ),
    "EdgegwTracesLost": (
        "2h", {'edgegw_tracing_spans_total{outcome="lost"}': "0+5x600"},
        {'edgegw_tracing_spans_total{outcome="exported"}': "0+5x600"},
    ),
}  # fmt: skip
"""By rule: when, series of a minute each that make it fire by then, and series that must not."""


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() == RULES.keys()


def _series(given: dict[str, str]) -> list[dict[str, str]]:
    made = []
    for name, values in given.items():
        bare, _, labels = name.partition("{")
        made.append({"series": f"{bare}{{{SITE},{labels or '}'}", "values": values})
    return made


@needs_promtool
def test_each_rule_fires_for_what_it_is_about_and_only_then(tmp_path: Path) -> None:
    tests = []
    for name, (at, fires, quiet) in CASES.items():
        count = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)'
        for series, fires_then in ((fires, 1), (quiet, 0)):
            expected = [{"labels": "{}", "value": fires_then}]
            tests.append({
                "name": f"{name}: {'fires' if fires_then else 'is silent'}",
                "interval": "1m",
                "input_series": _series(series),
                "promql_expr_test": [{"expr": f"clamp_max({count}, 1)", "eval_time": at, "exp_samples": expected}],
            })  # fmt: skip
    file = tmp_path / "tests.yaml"
    file.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "30s", "tests": tests}))
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_promtool_takes_the_rules_and_the_configuration() -> None:
    assert PROMTOOL is not None
    for words in (["rules", str(ALERTS)], ["config", str(ALERTS.with_name("prometheus.yaml"))]):
        done = subprocess.run([PROMTOOL, "check", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", RULES)
def test_the_runbook_of_a_rule_names_a_command_that_there_is(name: str) -> None:
    rule = RULES[name]
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    commands = re.findall(r"`edgegw ([^`]+)`", rule["annotations"]["runbook"])
    assert commands, "a runbook line names an edgegw command"
    for command in commands:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                code: object = main([*command.split(), "--help"])
            except SystemExit as ended:
                code = ended.code
        assert code == 0, (command, said.getvalue())
        assert "usage: edgegw " + command.split()[0] in said.getvalue()


def metrics_of(expression: str) -> set[str]:
    """Names of metrics in a query, as docs/metrics.md has them."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    found = set(re.findall(r"\b((?:edgegw|sigec|process|python)_[a-z0-9_]+)\b", bare))
    known = documented()
    histograms = {name for name, (kind, _) in known.items() if kind == "histogram"}
    return {
        base if (base := re.sub(r"_(bucket|sum|count)$", "", name)) in histograms and name not in known else name
        for name in found
    }


def test_no_rule_and_no_dashboard_names_a_metric_that_nobody_exports() -> None:
    queries = [rule["expr"] for rule in RULES.values()]
    for path in (CONFIGS / "grafana").glob("*.json"):
        queries += [target["expr"] for panel in json.loads(path.read_text())["panels"] for target in panel["targets"]]
    assert len(queries) > 100
    named = set().union(*map(metrics_of, queries))
    assert named - documented().keys() == set()
