"""The two commands of the README on a Debian that has nothing but python3, in a root made for it by debootstrap.

It takes minutes, root's rights, the debootstrap package, and a way to Debian's and Python's package indexes, so it runs
only when EDGEGW_TEST_ROOTS=1 asks for it. How this machine reaches the indexes (pip's configuration, a proxy, its own
certificates) is handed on to the root.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".*_cache", ".hypothesis", "__pycache__", "node_modules")

pytestmark = [
    pytest.mark.skipif(os.environ.get("EDGEGW_TEST_ROOTS") != "1", reason="minutes long: EDGEGW_TEST_ROOTS=1 runs it"),
    pytest.mark.timeout(1500),
]


class Root:
    """A minimal Debian in a folder, with the checkout in a path with a space."""

    def __init__(self, folder: Path, suite: str) -> None:
        self.folder = folder
        subprocess.run(["debootstrap", "--variant=minbase", "--include=python3", suite, str(folder)], check=True)
        shutil.copytree(CHECKOUT, folder / "srv" / "a checkout", ignore=LEFT_OUT)
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            **{key: value for key, value in os.environ.items() if key.startswith("PIP_") or key.endswith("_proxy")},
        }
        for file in (Path("/etc/pip.conf"), Path("/etc/resolv.conf"), Path("/etc/hosts")):
            if file.exists():
                shutil.copy(file, folder / "etc")
        # Beside the root's own bundle, which apt writes again when it installs ca-certificates.
        if bundle := os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE"):
            shutil.copy(bundle, folder / "srv" / "certificates.pem")
            self.environment["PIP_CERT"] = "/srv/certificates.pem"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs a shell command in the checkout; its mounts go with it."""
        inside = f'cd "/srv/a checkout" && {command}'
        outside = (
            'mount -t proc proc "$1/proc" && mount -t devtmpfs dev "$1/dev" && mkdir -p "$1/dev/pts" "$1/dev/shm" &&'
            ' mount -t devpts -o newinstance,ptmxmode=0666 pts "$1/dev/pts" && mount -t tmpfs shm "$1/dev/shm" &&'
            ' exec chroot "$1" /bin/sh -c "$2"'
        )
        return subprocess.run(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                outside,
                "sh",
                str(self.folder),
                inside,
            ],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1200,
        )


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Root:
    folder = tmp_path_factory.mktemp(request.param) / "root"
    return Root(folder, request.param)


def test_the_demo_runs_and_is_instant_the_second_time(root: Root) -> None:
    first = root.run("./run demo --for 60s --headless")
    assert first.returncode == 0, first.stdout[-4000:]
    assert "making .venv" in first.stdout
    second = root.run("./run setup core")
    assert (second.returncode, second.stdout) == (0, "")


def test_the_tests_of_the_script_itself_pass_there(root: Root) -> None:
    done = root.run("./run test tests/run tests/test_leaks.py")
    assert done.returncode == 0, done.stdout[-4000:]
