"""The lock files: complete, with hashes, free of addresses, and of what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def locked(name: str) -> dict[str, str]:
    """Each package of a lock with its version; fails when an entry has no hash."""
    versions: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", (CHECKOUT / "requirements" / f"{name}.txt").read_text().strip()):
        if entry.startswith("#"):
            continue
        requirement = Requirement(entry.split(" \\", 1)[0])
        assert "--hash=sha256:" in entry, f"{requirement.name} has no hash"
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        versions[canonicalize_name(requirement.name)] = pin.version
    return versions


@pytest.mark.parametrize(("name", "extras"), [("core", []), ("otel", ["otel"]), ("dev", ["cloud", "dev", "otel"])])
def test_a_lock_has_every_package_that_the_project_asks_for(name: str, extras: list[str]) -> None:
    pins = locked(name)
    asked = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    for line in asked:
        requirement = Requirement(line)
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{line} is not locked: ./run lock"
        assert requirement.specifier.contains(pin), f"{line}, but {pin} is locked: ./run lock"


def test_the_tests_run_with_the_versions_that_the_program_runs_with() -> None:
    assert locked("core").items() <= locked("dev").items()


@pytest.mark.parametrize("name", ["core", "otel", "dev"])
def test_a_lock_names_no_address(name: str) -> None:
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)
