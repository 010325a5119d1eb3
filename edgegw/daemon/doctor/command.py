"""`edgegw doctor`: the findings, on a terminal or as JSON."""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegw.daemon.control import FAILED, GOOD, printable, say
from edgegw.daemon.doctor.examination import examine
from edgegw.daemon.doctor.telling import told
from edgegw.daemon.doctor.texts import TEXTS, WORDS, spoken
from edgegw.daemon.doctor.values import LEVELS, Finding


def doctor(words: Sequence[str], file: Path) -> int:
    """`edgegw doctor ...`; 0 when nothing is bad, 1 when something is. `file` is the configuration unless -c names
    another."""
    options = _parser(file).parse_args(words)
    logging.disable(logging.CRITICAL)  # what meters and broker log on the way stands in the findings
    findings = examine(options.file)
    if options.json:
        say(json.dumps([_row(each, options.language) for each in findings], ensure_ascii=False))
    else:
        _show(findings, options.language)
    return FAILED if any(each.level == "bad" for each in findings) else GOOD


def _parser(file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw doctor",
        description="Say what is wrong with the site, why it matters, and the command that mends it.",
        epilog="Exit codes: 0 nothing is bad; 1 something is; 2 usage. A running gateway is asked through its control "
        "socket; without one, ports, meters and broker are tried from here.",
    )
    parser.add_argument(
        "-c", dest="file", metavar="FILE", type=Path, default=file, help=f"the configuration (default: {file})"
    )
    parser.add_argument("--json", action="store_true", help="for scripts")
    language = spoken(os.environ)
    parser.add_argument(
        "--language", choices=sorted(TEXTS), default=language, help=f"that of the terminal when left out: {language}"
    )
    return parser


def _row(finding: Finding, language: str) -> dict[str, Any]:
    words = told(finding, language)
    return {
        "kind": finding.kind, "level": finding.level, "subject": finding.subject, "what": words.what,
        "why": words.why, "mend": words.mend, "values": dict(finding.values),
    }  # fmt: skip


def _show(findings: Sequence[Finding], language: str) -> None:
    words = WORDS[language]
    for each in findings:
        text = told(each, language)
        subject = f"{each.subject}: " if each.subject else ""
        say(printable(f"{words[each.level]}  {subject}{text.what}"))
        say(printable(f"      {words['why']} {text.why}"))
        say(printable(f"      {words['mend']} {text.mend}"))
    count = Counter(each.level for each in findings)
    say(words["sum"].format(**{level: count[level] for level in LEVELS}) if findings else words["none"])
