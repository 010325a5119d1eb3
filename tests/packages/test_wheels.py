"""What goes into the packages: the lock's lines, and what is shared between Pythons."""

from __future__ import annotations

from pathlib import Path

import pytest

from deb import tree, wheels


def test_the_voice_set_holds_the_core_in_the_same_versions() -> None:
    core, voice = wheels.blocks("core"), wheels.blocks("voice")
    for name, block in core.items():
        assert voice[name].partition(" ")[0] == block.partition(" ")[0]
    assert "google-genai" in voice
    assert "httpx2-jsfetch" not in voice


def test_what_is_left_out_is_locked_so_that_the_list_does_not_grow_stale() -> None:
    assert set(tree.LEFT_OUT) <= wheels.blocks("core").keys()


def test_a_condition_on_the_python_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "REQUIREMENTS", tmp_path)
    (tmp_path / "core.txt").write_text("old==1.0 ; python_full_version < '3.12' \\\n    --hash=sha256:00\n")
    with pytest.raises(ValueError, match="old is not for every Python"):
        wheels.blocks("core")


def test_modules_of_all_pythons_lie_side_by_side_and_what_differs_apart(tmp_path: Path) -> None:
    trees = {}
    for python in ("3.11", "3.13"):
        trees[python] = folder = tmp_path / python
        tag = python.replace(".", "")
        for name in ("fast", "odd"):
            (folder / name).mkdir(parents=True)
        (folder / "fast" / "__init__.py").write_text("same")
        (folder / "fast" / f"c.cpython-{tag}-x86_64-linux-gnu.so").write_text(python)
        (folder / "odd" / "__init__.py").write_text(f"for {python}")
    tree._merge(trees, tmp_path / "root", "site")
    made = {str(path.relative_to(tmp_path / "root")) for path in (tmp_path / "root").rglob("*.*") if path.is_file()}
    assert made == {
        "site/fast/__init__.py", "site/fast/c.cpython-311-x86_64-linux-gnu.so",
        "site/fast/c.cpython-313-x86_64-linux-gnu.so", "py311/odd/__init__.py", "py313/odd/__init__.py",
    }  # fmt: skip
