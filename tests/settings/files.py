"""Configurations of the tests: a sound small site, and what `check` says of a file."""

from __future__ import annotations

from pathlib import Path

from edgegw.settings import Invalid, load

CHECKOUT = Path(__file__).parents[2]
SITE = CHECKOUT / "configs" / "site.yaml"
MINIMAL = CHECKOUT / "configs" / "minimal.yaml"


def written(folder: Path, text: str) -> Path:
    path = folder / "e.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(folder: Path, text: str) -> list[str]:
    """What speaks against a file, line by line, without the file's name; warnings when nothing does."""
    path = written(folder, text)
    try:
        findings = load(path).warnings
    except Invalid as error:
        findings = error.findings
    return [str(finding).removeprefix(f"{path}:") for finding in findings]
