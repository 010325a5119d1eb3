"""A scripted Live server over TLS, and the real SDK that trusts its certificate."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edgegw.simulate.live import LiveServer, make_certificate, parse, read

SCENARIOS = Path(__file__).parent / "scenarios"

Serve = Callable[..., AbstractAsyncContextManager[LiveServer]]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("live"))


@pytest.fixture
def serve(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Serve:
    """`async with serve("name of a scenario file")` or of a mapping: a server whose certificate the SDK accepts."""
    importlib.import_module("google.genai")  # which may take longer than a driver is made to wait
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    @asynccontextmanager
    async def served(scenario: str | dict[str, Any], **options: Any) -> AsyncIterator[LiveServer]:
        plan = read(SCENARIOS / f"{scenario}.yaml") if isinstance(scenario, str) else parse(scenario)
        async with LiveServer(plan, *certificate, **options) as server:
            yield server

    return served
