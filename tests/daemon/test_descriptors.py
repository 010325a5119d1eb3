"""Open files: the soft limit goes up to the hard one, and too low a limit is said with what helps."""

from __future__ import annotations

import resource
import subprocess
import sys

from edgegw.daemon.descriptors import OURS, too_few


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 128));"
        "from edgegw.daemon.descriptors import raised;"
        "print(raised(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == ["128", "128", "128"]


def test_too_low_a_limit_is_told_with_what_is_needed_and_where_to_raise_it() -> None:
    text = too_few(1024, 1000)
    assert text is not None
    assert "1000 stations" in text
    assert str(2000 + OURS) in text
    assert "LimitNOFILE" in text
    assert too_few(2000 + OURS, 1000) is None
    assert too_few(1024, 100) is None
    assert too_few(resource.RLIM_INFINITY, 100_000) is None
