"""How this program is called again, for what has to be a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def again(*words: str, argv: Sequence[str] | None = None) -> list[str]:
    """The command `edgegw WORDS` by the launcher that we were started by, which alone knows where a package lies; by
    the interpreter where there is none."""
    launcher = Path((sys.argv if argv is None else argv)[0])
    if launcher.name == "edgegw" and launcher.is_file() and os.access(launcher, os.X_OK):
        return [str(launcher.absolute()), *words]
    return [sys.executable, "-m", "edgegw", *words]
