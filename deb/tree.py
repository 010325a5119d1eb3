"""The folders under /usr/lib/edgegw: one copy of what is the same for every Python, and beside it what is not.

    python3 -m deb.tree ARCH CACHE CORE VOICE PAPERS

CORE gets `site` (edgegw itself, its drivers and libraries) and `py311`, `py312`, `py313` with what differs; VOICE gets
`voice` with her libraries, and her own modules into `site`.
Compiled modules carry their Python in their names, so nearly everything is in the shared part. PAPERS gets
licences and bills of materials.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from deb import papers, wheels

CHECKOUT = Path(__file__).parents[1]

LEFT_OUT = {
    "attrs": "the validation in Python that `ocpp` brings; edgegw uses its schemas with jsonschema-rs",
    "jsonschema": "likewise",
    "jsonschema-specifications": "likewise",
    "referencing": "likewise",
    "rpds-py": "likewise",
    "markdown-it-py": "Markdown in a terminal, which `rich` can show and edgegw does not",
    "mdurl": "likewise",
    "pygments": "coloured source code in a terminal, likewise",
    "pycparser": "reads C declarations when cffi compiles a module, which it does before the wheel is made",
}
"""Of the locked packages, those that no line of edgegw reaches: a third of the size. `./run packages` imports every
module of the installed package, so one that comes into use is missed before a release."""

UNUSED = (
    *("*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "py.typed", "tests", "bin", "__pycache__"),
    "ocpp/**/*.py",  # edgegw reads the library's JSON Schemas alone, as files
    "pydantic/v1",  # the API of years ago
    "websockets/legacy",  # likewise
    "cffi",  # what makes modules; those that are made need its compiled part alone, which lies beside it
)
"""Sources of what is compiled, types, tests, and parts that edgegw does not reach."""


OF_BOTH = ("__init__.py", "briefing.py", "cli.py", "languages.py", "settings.py")
"""Of edgegw.voice what the gateway's package holds: her section of the file, and the command, to say what lacks."""


def build(arch: str, cache: Path, core: Path, voice: Path, notes: Path) -> None:
    locked = wheels.blocks("core")
    _site(arch, cache, core, "core", "site", LEFT_OUT, notes / "edgegw")
    _site(arch, cache, voice, "voice", "voice", {*LEFT_OUT, *locked}, notes / "edgegw-voice")
    own = core / "site" / "edgegw"
    shutil.copytree(CHECKOUT / "edgegw", own, ignore=shutil.ignore_patterns("__pycache__", "py.typed"))
    shutil.copytree(CHECKOUT / "drivers", own / "drivers")
    hers = voice / "site" / "edgegw" / "voice"
    hers.mkdir(parents=True)
    for each in (own / "voice").iterdir():
        if each.name not in OF_BOTH:
            shutil.move(each, hers / each.name)


def _site(arch: str, cache: Path, root: Path, lock: str, shared: str, leave_out: Collection[str], notes: Path) -> None:
    """Unpack a lock for each Python, take the unused away, and lay what is the same into `root/shared`."""
    with tempfile.TemporaryDirectory() as scratch:
        trees = {}
        for python in wheels.PYTHONS:
            trees[python] = tree = Path(scratch) / python
            wheels.unpack(lock, python, arch, cache, tree, leave_out)
        papers.write(next(iter(trees.values())), cache, lock, notes)
        for tree in trees.values():
            for pattern in UNUSED:
                for found in list(tree.rglob(pattern)):
                    if found.is_dir():
                        shutil.rmtree(found)
                    elif found != tree / "ocpp" / "__init__.py":  # by which the folder is found
                        found.unlink()
            for info in tree.glob("*.dist-info"):
                for found in list(info.iterdir()):
                    if found.name != "METADATA":
                        shutil.rmtree(found) if found.is_dir() else found.unlink()
        _merge(trees, root, shared)
    for file in root.rglob("*"):
        if file.is_file():
            _plain(file)


def _plain(file: Path) -> None:
    """A module is no program, and a schema is read by a machine."""
    file.chmod(0o644)
    if file.suffix == ".py" and (content := file.read_bytes()).startswith(b"#!"):
        file.write_bytes(content.partition(b"\n")[2])
    elif file.suffix == ".json":
        document = json.loads(file.read_bytes())
        file.write_text(json.dumps(document, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")


def _merge(trees: dict[str, Path], root: Path, shared: str) -> None:
    for name in sorted({entry.name for tree in trees.values() for entry in tree.iterdir()}):
        common = _agree([tree / name for tree in trees.values()])
        for python, tree in trees.items():
            if (tree / name).exists():
                target = root / (shared if common else f"py{python.replace('.', '')}") / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if (tree / name).is_dir():
                    shutil.copytree(tree / name, target, dirs_exist_ok=True)
                else:
                    shutil.copy2(tree / name, target)


def _agree(entries: list[Path]) -> bool:
    """Whether files of one path have one content, wherever they are."""
    contents: dict[str, bytes] = {}
    for entry in entries:
        for file in [entry] if entry.is_file() else sorted(entry.rglob("*")):
            if file.is_file():
                key = str(file.relative_to(entry.parent))
                if contents.setdefault(key, file.read_bytes()) != file.read_bytes():
                    return False
    return True


if __name__ == "__main__":
    build(sys.argv[1], *(Path(word) for word in sys.argv[2:6]))
