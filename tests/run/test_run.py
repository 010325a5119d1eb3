"""The run script: one command on a bare machine, instant the second time, from wherever the checkout lies.

The script runs for real, in a copy of the checkout with locks of tiny wheels, made here and found without a network.
Where another machine is meant (without rights, without packages, with uv), PATH leads to a folder of stand-ins.
"""

import base64
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def wheel(folder: Path, name: str) -> str:
    """A wheel with one empty module, in `folder`; the line that locks it."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": b"",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    rows = [
        f"{file},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for file, data in files.items()
    ]
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in files.items():
            archive.writestr(file, data)
        archive.writestr(record, "\n".join([*rows, f"{record},,"]) + "\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


UV = """\
import pathlib, re, sys, venv
words = sys.argv[1:]
if words[0] == "venv":
    venv.create(words[-1], symlinks=True)
else:
    assert {"--require-hashes", "--only-binary", ":all:"} <= set(words), words
    (site,) = (pathlib.Path(words[words.index("--python") + 1]).parent.parent / "lib").glob("python3*/site-packages")
    for name in re.findall(r"^(\\w+)==", pathlib.Path(words[words.index("-r") + 1]).read_text(), re.MULTILINE):
        (site / f"{name}.py").touch()
"""
"""Stands for uv where what is installed is not the question: a fiftieth of the time that ensurepip and pip take."""


class Copy:
    """A checkout with the real script, tiny locks, and a program that says with what it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        self.wheels.mkdir()
        (folder / "requirements").mkdir(parents=True)
        (folder / "edgegw").mkdir()
        shutil.copy(CHECKOUT / "run", folder)
        core = wheel(self.wheels, "tinycore")
        self.lock("core", core)
        self.lock("dev", core + wheel(self.wheels, "tinydev"))
        (folder / "edgegw" / "__init__.py").write_text("")
        (folder / "edgegw" / "__main__.py").write_text(
            "import os, sys, tinycore\nprint([*sys.argv[1:], os.getcwd(), os.path.dirname(__file__)])\n"
        )

    def lock(self, name: str, text: str) -> None:
        (self.folder / "requirements" / f"{name}.txt").write_text(text)

    def run(self, *words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        here = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "VIRTUAL_ENV"))},
            # No configuration of the machine's own, no index: only the wheels made here.
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_NO_CONFIG": "1",
            "UV_OFFLINE": "1",
            "UV_FIND_LINKS": str(self.wheels),
            "EDGEGW_PYTHON": sys.executable,
            **environment,
        }
        return subprocess.run(
            [str(self.folder / "run"), *words],
            cwd=cwd or self.folder,
            env=here,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
        )

    def has(self, module: str) -> bool:
        return any((self.folder / ".venv").glob(f"lib/python3*/site-packages/{module}.py"))


SOUND = {"pulseaudio": "", "espeak_ng": "", "sox": "", "pactl": ""}
"""Stand-ins for a machine that can play and hear."""


def stand_ins(folder: Path, *, leave_out: tuple[str, ...] = (), **scripts: str) -> str:
    """A PATH of one folder: what the script itself needs, without Debian's package tools, and the given scripts."""
    folder.mkdir()
    for program in (
        "sh",
        "cat",
        "chmod",
        "cut",
        "dirname",
        "env",
        "flock",
        "grep",
        "mv",
        "readlink",
        "rm",
        "sha256sum",
    ):
        if program not in leave_out and (found := shutil.which(program)):
            (folder / program).symlink_to(found)
    for name, text in scripts.items():
        script = folder / name.replace("_", "-")
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def isolated(copy: Copy) -> None:
    """Keeps the script from adding the system's own folders to PATH, where a broker may be installed."""
    script = copy.folder / "run"
    text = script.read_text()
    assert text.count("PATH=$PATH:/usr/sbin:/sbin") == 1
    script.write_text(text.replace("PATH=$PATH:/usr/sbin:/sbin", "PATH=$PATH"))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "a checkout")


@pytest.fixture
def with_uv(tmp_path: Path) -> str:
    """A PATH with uv on it."""
    (tmp_path / "uv.py").write_text(UV)
    (tmp_path / "with uv").mkdir()
    uv = tmp_path / "with uv" / "uv"
    uv.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "uv.py"}" "$@"\n')
    uv.chmod(0o755)
    return f"{uv.parent}:/usr/bin:/bin"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy in a path with spaces whose .venv is made. The tests that share it leave it as it is."""
    copy = Copy(tmp_path_factory.mktemp("run") / "a path with  spaces")
    done = copy.run("setup", "core")
    assert done.returncode == 0, done.stderr
    return copy


def test_a_checkout_in_a_path_with_spaces_runs_and_passes_every_argument_on(made: Copy, tmp_path: Path) -> None:
    done = made.run("edgegw", "check", "my site.yaml", "", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    package = made.folder / "edgegw"
    assert done.stdout == f"{['check', 'my site.yaml', '', str(tmp_path), str(package)]}\n"


def test_a_file_in_the_current_folder_is_not_taken_for_a_module(made: Copy, tmp_path: Path) -> None:
    (tmp_path / "tinycore.py").write_text("raise SystemExit('the wrong one')")
    assert made.run("edgegw", cwd=tmp_path).returncode == 0


def test_the_second_run_only_looks(made: Copy) -> None:
    stamp = made.folder / ".venv" / "edgegw.stamp"
    before = stamp.stat().st_mtime_ns
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", ""], check=True)
    bare_s = time.monotonic() - began
    best_s = 1e9
    for _ in range(5):
        began = time.monotonic()
        done = made.run("setup", "core", PATH="/usr/bin:/bin", EDGEGW_PYTHON="/nowhere/python")
        best_s = min(best_s, time.monotonic() - began)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stamp.stat().st_mtime_ns == before
    assert best_s < 3 * bare_s  # a Python that does nothing is the yardstick; making .venv takes a hundred times that


def test_more_is_added_and_nothing_taken_away(copy: Copy, with_uv: str) -> None:
    assert copy.run("setup", "core", PATH=with_uv).returncode == 0
    assert copy.has("tinycore")
    assert not copy.has("tinydev")
    done = copy.run("setup", PATH=with_uv)
    assert "adding the packages of requirements/dev.txt" in done.stderr
    assert copy.has("tinydev")
    assert copy.run("edgegw", PATH=with_uv).stderr == ""

    copy.lock("core", "# made again\n" + (copy.folder / "requirements" / "core.txt").read_text())
    done = copy.run("edgegw", PATH=with_uv)
    assert "making .venv" in done.stderr
    assert copy.has("tinydev")


def test_what_an_interrupted_run_left_is_made_again(copy: Copy, with_uv: str) -> None:
    (copy.folder / ".venv" / "bin").mkdir(parents=True)
    (copy.folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    done = copy.run("edgegw", "x", PATH=with_uv)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("['x', ")


def test_a_moved_checkout_and_a_changed_interpreter_make_it_again(copy: Copy, with_uv: str) -> None:
    assert copy.run("setup", "core", PATH=with_uv).returncode == 0
    copy.folder = copy.folder.rename(copy.folder.with_name("elsewhere"))
    done = copy.run("edgegw", PATH=with_uv)
    assert "making .venv" in done.stderr
    assert str(copy.folder / "edgegw") in done.stdout

    stamp = copy.folder / ".venv" / "edgegw.stamp"
    stamp.write_text(stamp.read_text().replace("\nwith /", "\nwith /gone/"))
    assert "making .venv" in copy.run("edgegw", PATH=with_uv).stderr


def test_a_wheel_that_is_not_the_locked_one_is_refused(copy: Copy) -> None:
    with (copy.wheels / "tinycore-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"x")
    done = copy.run("edgegw")
    assert done.returncode == 1
    assert "requirements/core.txt could not be installed" in done.stderr
    assert not (copy.folder / ".venv" / "edgegw.stamp").exists()


def test_without_the_venv_module_and_without_rights_it_prints_the_line_and_ends(copy: Copy, tmp_path: Path) -> None:
    # Debian's python3 without python3-venv: it runs, but cannot import ensurepip.
    python3 = f'case "$*" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"'
    path = stand_ins(tmp_path / "bin", id="echo 1000", apt_get="exit 99", sudo="exit 1", python3=python3)
    done = copy.run("edgegw", PATH=path, EDGEGW_PYTHON="")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "sudo apt-get install -y --no-remove --no-install-recommends python3-venv"
    assert not (copy.folder / ".venv").exists()


def test_a_missing_system_package_without_rights_is_named_before_anything_is_made(copy: Copy, tmp_path: Path) -> None:
    isolated(copy)
    path = stand_ins(tmp_path / "bin", id="echo 1000", apt_get="exit 99", socat="", **SOUND)
    done = copy.run("test", PATH=path)
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[-1] == "sudo apt-get install -y --no-remove --no-install-recommends mosquitto mbpoll"
    )
    assert not (copy.folder / ".venv").exists()


def test_without_apt_the_missing_packages_are_named_too(copy: Copy, tmp_path: Path) -> None:
    isolated(copy)
    done = copy.run("test", PATH=stand_ins(tmp_path / "bin", id="echo 0"))
    assert done.returncode == 1
    assert "missing: mosquitto socat mbpoll" in done.stderr


def test_with_rights_apt_is_asked_once_for_what_is_missing(copy: Copy, tmp_path: Path) -> None:
    isolated(copy)
    asked = tmp_path / "asked"
    # An apt that "installs" by making the program appear.
    apt = f'echo "$DEBIAN_FRONTEND $*" >>"{asked}"\n[ $1 = update ] || for p in mosquitto socat; do : >"$0-$p"; done'
    path = stand_ins(tmp_path / "bin", id="echo 0", apt_get=apt, mbpoll="", **SOUND)
    assert copy.run("test", PATH=path, EDGEGW_PYTHON="/bin/false").returncode == 1  # ends it after what is looked at
    assert asked.read_text().splitlines() == [
        "noninteractive update -qq",
        "noninteractive install -y -qq -o Dpkg::Use-Pty=0 --no-remove --no-install-recommends mosquitto socat",
    ]


def test_the_demo_goes_on_without_a_broker_and_asks_for_it_once(copy: Copy, tmp_path: Path, with_uv: str) -> None:
    isolated(copy)
    apt = f'echo "$*" >>"{tmp_path / "asked"}"\nexit 100'
    path = stand_ins(tmp_path / "bin", id="echo 1000", sudo='shift; exec "$@"', apt_get=apt, true="")
    Path(path, "uv").symlink_to(with_uv.partition(":")[0] + "/uv")
    first = copy.run("demo", "--for", "60s", PATH=path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("['demo', '--for', '60s', ")
    assert "going on without mosquitto" in first.stderr
    assert copy.run("demo", PATH=path).stderr == ""


def test_an_unfit_interpreter_is_refused_with_what_fits(copy: Copy) -> None:
    done = copy.run("edgegw", EDGEGW_PYTHON="/bin/false")
    assert done.returncode == 1
    assert "3.11, 3.12 or 3.13" in done.stderr


def test_a_wrong_word_is_a_usage_error(copy: Copy) -> None:
    assert copy.run("frobnicate").returncode == 2
    assert copy.run().returncode == 2
    assert copy.run("help").returncode == 0


def test_deb_says_what_it_makes_and_what_it_needs(copy: Copy, tmp_path: Path) -> None:
    isolated(copy)
    elsewhere = copy.run("deb", PATH=stand_ins(tmp_path / "elsewhere"))
    assert (elsewhere.returncode, len(elsewhere.stderr.splitlines())) == (1, 1)
    assert "Debian or Ubuntu" in elsewhere.stderr
    debian = stand_ins(tmp_path / "debian", dpkg="echo amd64")
    for words in (("--arch", "mips"), ("--what", "amd64"), ("arm64",)):
        done = copy.run("deb", *words, PATH=debian)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), words
    bare = copy.run("deb", "--arch", "arm64", PATH=debian)
    assert bare.returncode == 1
    assert "sudo apt-get install" in bare.stderr
    for package in ("dpkg-dev", "debhelper", "binutils-aarch64-linux-gnu"):
        assert f" {package}" in bare.stderr
    assert not (copy.folder / ".venv").exists()
