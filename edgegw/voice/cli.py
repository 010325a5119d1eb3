"""`edgegw voice` on the command line."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edgegw.voice.briefing import Briefing, NoBriefing

GOOD, AGAIN, USELESS = 0, 1, 78

Brief = Callable[[Path], Briefing]
"""Reads the installer's file. Raises NoBriefing."""


def main(words: Sequence[str], default: Path, brief: Brief) -> int:
    """Exit 0 after SIGTERM or when all is well, 1 when another try may help, 2 usage, 78 when the file must change."""
    options = _parser(default).parse_args(words)
    if not _there("edgegw.voice.process"):  # Debian's package of the gateway has this command alone
        return _useless("EVA is in a package of her own: sudo apt install ./edgegw-voice_*.deb")
    if options.devices:
        return _devices(as_json=options.json)
    if options.render_prompts is not None:
        return _render(options.render_prompts)
    try:
        briefing = brief(options.file)
    except NoBriefing as error:
        for line in error.lines:
            sys.stderr.write(f"edgegw: {line}\n")
        return USELESS
    if options.check:
        from edgegw.voice.selftest import check

        return check(briefing, as_json=options.json)
    if not options.text and not briefing.settings.enabled:
        return _useless(f"{options.file}: voice.enabled is false; set it to true to have EVA speak at this kiosk")
    if (lacking := missing(ears=not options.text)) is not None:
        return _useless(lacking)
    return _run(briefing, text=options.text)


def missing(*, ears: bool) -> str | None:
    """What of the extra `voice` is not installed, for people."""
    wanted = {"google.genai": "google-genai"}
    if ears:
        wanted |= {"sounddevice": "sounddevice", "webrtcvad": "webrtcvad-wheels"}
    lacking = [package for module, package in wanted.items() if not _there(module)]
    if not lacking:
        return None
    return f"{', '.join(lacking)} not installed: install the extra, pip install 'edgegw[voice]'"


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent is not there
        return False


def _useless(text: str) -> int:
    sys.stderr.write(f"edgegw: {text}\n")
    return USELESS


def _run(briefing: Briefing, *, text: bool) -> int:
    if text:
        from edgegw.voice.console import converse as work
    else:
        from edgegw.voice.process import run as work
    asyncio.run(work(briefing))
    return GOOD


def _devices(*, as_json: bool) -> int:
    from edgegw.voice.selftest import devices

    return devices(as_json=as_json)


def _render(folder: Path) -> int:
    from edgegw.voice.audio.wav import pcm_of
    from edgegw.voice.prompts.espeak import NoLocalVoice
    from edgegw.voice.prompts.shelf import render

    try:
        count = render(folder, pcm_of)
    except (NoLocalVoice, OSError) as error:
        sys.stderr.write(f"edgegw: {error}\n")
        return AGAIN
    sys.stdout.write(f"{count} sentences in {folder}\n")
    return GOOD


def _parser(default: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgegw voice",
        description="EVA, the voice at the kiosk: a process of its own, a client of the running gateway.",
        epilog="Exit codes: 0 good; 1 failed, another try may help; 2 usage; 78 another try won't help.",
    )
    parser.add_argument("-c", dest="file", metavar="FILE", type=Path, default=default,
                        help=f"the configuration (default: {default})")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="for scripts, with --devices and --check")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--text", action="store_true", help="type instead of speaking, and see what the tools decide")
    what.add_argument("--devices", action="store_true", help="list what there is to hear and to speak with")
    what.add_argument("--check", action="store_true", help="test key, model, microphone, speaker and hub")
    what.add_argument("--render-prompts", metavar="DIR", type=Path,
                      help="write the sentences that need no cloud as WAV files")  # fmt: skip
    return parser
