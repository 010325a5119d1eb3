"""Changed copies of values, as they are made where nothing is checked at run time: everywhere but in the tests."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
from datetime import UTC, datetime
from edgegw.model.facts import StationAnsweredAgain
from edgegw.model.state import PolicyLimit
from edgegw.model.value import changed

at = datetime(2026, 1, 1, tzinfo=UTC)
with_slots, without = StationAnsweredAgain(station="A", at=at), PolicyLimit("site", 1.0, None, None, "x", at)
assert hasattr(without, "__dict__") and not hasattr(with_slots, "__dict__")
assert changed(with_slots, station="B") == StationAnsweredAgain(station="B", at=at)
assert changed(without, limit_a=2.0) == PolicyLimit("site", 2.0, None, None, "x", at)
"""


def test_values_with_and_without_slots_are_copied_with_other_fields_outside_of_the_tests_as_well() -> None:
    plain = {key: value for key, value in os.environ.items() if key != "EDGEGW_CHECKED"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
