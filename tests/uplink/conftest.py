from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mosquitto import EXECUTABLE, Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running mosquitto; without one installed the test is skipped."""
    if EXECUTABLE is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    with Mosquitto(tmp_path) as started:
        yield started
