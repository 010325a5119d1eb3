"""A gateway that is asked for traces and lacks the library: it charges, and says what is missing and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edgegw.cloud.ingest import main
from edgegw.daemon.tracing import begun
from edgegw.settings import advice, load
from tests.settings.files import complaints, written

FILE = "site: {id: a}\nstations: [{id: A}]\ntracing: {otlp: 'http://127.0.0.1:4318'}\n"


def test_a_missing_library_is_one_line_and_no_traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "edgegw.tracing.otel", None)
    assert begun(load(written(tmp_path, FILE)).settings) is None
    (line,) = caplog.messages
    assert line.startswith("tracing: there are no traces, a library is missing")
    assert line.endswith("pip install 'edgegw[otel]'")


def test_no_tracing_is_no_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert begun(load(written(tmp_path, FILE.replace("tracing:", "# "))).settings) is None
    assert caplog.messages == []


def test_check_says_that_the_library_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = complaints(tmp_path, FILE)
    monkeypatch.setattr(advice, "find_spec", lambda name: None)
    (news,) = set(complaints(tmp_path, FILE)) - set(before)
    assert "tracing: there will be no traces: a library is missing (pip install 'edgegw[otel]')" in news


@pytest.mark.parametrize("url", ["127.0.0.1:4318", "http://user:secret@host:4318", "grpc://host:4317", "http://"])
def test_a_collector_that_cannot_be_is_told_at_check(tmp_path: Path, url: str) -> None:
    (line,) = complaints(tmp_path, FILE.replace("http://127.0.0.1:4318", url))
    assert "tracing.otlp" in line
    assert "http://host:4318 or https://host:4318, without a user" in line


def test_ingest_without_the_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "edgegw.tracing.otel", None)
    words = ["--broker", "mqtt://127.0.0.1:1", "--database", f"sqlite:///{tmp_path}/c.db", "--otlp", "http://x:4318"]
    assert main(words) == 78
    assert "pip install 'edgegw[otel]'" in capsys.readouterr().err
