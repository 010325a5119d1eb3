"""`./run packages [NAME...] [--short]`: builds the packages and lives through what happens to them.

    built      twice the same, lintian, sizes, libraries; with arm64 unless --short
    bookworm   a booted Debian 12 from the installation to the purge
    trixie     a booted Debian 13
    piuparts   install, remove and purge leave nothing behind
    autopkgtest   debian/tests

Each case is a line of JSON. What this machine can't do is named at the end,
and in its line as `skipped`. The exit is 1 when something came out otherwise than promised.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

from tests.packages.case import Case
from tests.packages.life import Life, with_version
from tests.packages.machine import Failed, booted, run, tarball, unpacked

CHECKOUT = Path(__file__).parents[2]
DIST = CHECKOUT / "dist"
MOST_MB = 30
MOST_INSTALLED_KIB = 60 * 1024
LIBRARIES = re.compile(r"(libc|libm|libdl|libpthread|librt|libgcc_s|libutil|ld-linux-[a-z0-9-]+)\.so\.\d+")
NEWEST_GLIBC = (2, 28)


def built(short: bool) -> Iterator[Case]:
    for arch in ["amd64"] if short else ["amd64", "arm64"]:
        began = time.monotonic()
        first = _build(arch)
        found = {deb.name: sha256(deb.read_bytes()).hexdigest() for deb in first}
        took_s = round(time.monotonic() - began, 1)
        again = {deb.name: sha256(deb.read_bytes()).hexdigest() for deb in _build(arch)}
        wrong = "" if found == again else f"built twice, not the same: {found} {again}"
        yield Case(f"{arch}: built twice the same", {"seconds": took_s, **found}, wrong)
        yield _sizes(arch, first)
        yield _libraries(arch, first)
        done = run("lintian", "--allow-root", "--fail-on", "error,warning", *map(str, first), check=False)
        yield Case(f"{arch}: lintian", wrong=done.stdout.strip() if done.returncode else "")
    if short:
        yield Case("arm64", skipped="the arm64 packages were not built (--short)")


def _build(arch: str) -> list[Path]:
    done = subprocess.run(["./run", "deb", "--arch", arch], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"./run deb --arch {arch}: {done.stderr[-2000:]}")
    return debs(arch)


def debs(arch: str = "amd64") -> list[Path]:
    found = sorted(DIST.glob(f"edgegw*_{arch}.deb"), key=lambda deb: deb.name, reverse=True)
    assert len(found) == 2, f"two packages expected in dist/: {found}"
    return found  # edgegw_..., edgegw-voice_...


def _sizes(arch: str, packages: list[Path]) -> Case:
    found, wrong = {}, ""
    for deb in packages:
        installed_kib = int(run("dpkg-deb", "-f", str(deb), "Installed-Size").stdout)
        found[deb.name] = {"mb": round(deb.stat().st_size / 1e6, 1), "installed_mib": round(installed_kib / 1024, 1)}
        if deb.stat().st_size > MOST_MB * 1e6 or installed_kib > MOST_INSTALLED_KIB:
            wrong = "larger than promised"
    return Case(f"{arch}: sizes", found, wrong)


def _libraries(arch: str, packages: list[Path]) -> Case:
    """What the compiled modules want of the system: no more than the package depends on."""
    wanted, newest, wrong = set(), (0, 0), []
    with tempfile.TemporaryDirectory() as scratch:
        for deb in packages:
            run("dpkg-deb", "-x", str(deb), scratch)
        modules = [path for path in Path(scratch).rglob("*.so") if path.is_file()]
        for path in modules:
            text = run("readelf", "-d", "-V", "-W", str(path)).stdout
            wanted |= set(re.findall(r"Shared library: \[(.+?)\]", text))
            newest = max([newest, *((int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", text))])
    wrong += [name for name in sorted(wanted) if not LIBRARIES.fullmatch(name)]
    if newest > NEWEST_GLIBC:
        wrong.append(f"glibc {newest}")
    return Case(f"{arch}: libraries", {"modules": len(modules), "glibc": ".".join(map(str, newest))}, ", ".join(wrong))


def lived(suite: str, short: bool) -> Iterator[Case]:
    if shutil.which("systemd-nspawn") is None:
        yield Case(suite, skipped="no machine was booted: systemd-nspawn is missing (apt install systemd-container)")
        return
    try:
        tarball(suite)
    except (Failed, OSError) as error:
        yield Case(suite, skipped=f"no machine was made: {error}")
        return
    packages = debs()
    with tempfile.TemporaryDirectory() as scratch, unpacked(suite) as root:
        newer = [with_version(deb, "99.0.0", Path(scratch)) for deb in packages]
        try:
            with booted(root) as machine:
                yield from Life(machine, suite, packages, newer).cases()
        except Failed as error:
            yield Case(suite, skipped=f"the machine did not boot: {error}")


def piuparts(short: bool) -> Iterator[Case]:
    if shutil.which("piuparts", path="/usr/sbin:/usr/bin") is None:
        yield Case("piuparts", skipped="piuparts is not installed")
        return
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, unpacked("bookworm") as root:
        base = Path(scratch) / "base.tgz"
        run("tar", "-C", str(root), "-I", "gzip -1", "-cf", str(base), ".")
        done = run(
            "piuparts", "-b", str(base), "-d", "bookworm", "--no-upgrade-test", "--warn-on-leftovers-after-purge",
            "--no-eatmydata", *map(str, debs()), check=False,
        )  # fmt: skip
    words = "" if done.returncode == 0 else "\n".join((done.stdout + done.stderr).splitlines()[-25:])
    yield Case("piuparts", {"seconds": round(time.monotonic() - began, 1)}, words)


def autopkgtest(short: bool) -> Iterator[Case]:
    if shutil.which("autopkgtest") is None:
        yield Case("autopkgtest", skipped="autopkgtest is not installed")
        return
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, unpacked("bookworm") as root:
        shutil.copytree(CHECKOUT / "debian", Path(scratch) / "edgegw" / "debian")
        if run("chroot", str(root), "apt-get", "update", check=False).returncode:
            yield Case("autopkgtest", skipped="Debian's packages can't be reached, and it wants dpkg-dev")
            return
        words = ["-B", *map(str, debs()), f"{scratch}/edgegw", "--", "chroot", str(root)]
        done = run("autopkgtest", *words, check=False, timeout_s=300)
    wrong = "" if done.returncode == 0 else "\n".join((done.stdout + done.stderr).splitlines()[-25:])
    yield Case("autopkgtest", {"seconds": round(time.monotonic() - began, 1)}, wrong)


STAGES: dict[str, Callable[[bool], Iterator[Case]]] = {
    "built": built,
    "bookworm": partial(lived, "bookworm"),
    "trixie": partial(lived, "trixie"),
    "piuparts": piuparts,
    "autopkgtest": autopkgtest,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run packages", description="Tries the packages, one JSON line a case.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of: {', '.join(STAGES)} (all when none is named)"
    )
    parser.add_argument("--short", action="store_true", help="without the packages for arm64")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in STAGES]:
        parser.error(f"no stage {', '.join(unknown)}; there are: {', '.join(STAGES)}")
    cases = []
    for name in asked.names or STAGES:
        try:
            for case in STAGES[name](asked.short):
                print(case.line(), flush=True)
                cases.append(case)
        except Exception as error:  # one broken stage must not hide what the others find
            traceback.print_exc()
            cases.append(Case(name, wrong=f"broke off: {error}"))
            print(cases[-1].line(), flush=True)
    bad = [case for case in cases if case.wrong]
    for case in cases:
        if case.skipped:
            print(f"packages: SKIPPED {case.name}: {case.skipped}", file=sys.stderr)
    print(f"packages: {len(cases) - len(bad)} came out as promised, {len(bad)} did not", file=sys.stderr, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
