"""What goes with other people's work: their licences, and a bill of materials in CycloneDX 1.6."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

INIT = Path(__file__).parents[1] / "edgegw" / "__init__.py"
LICENCE_NAMES = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


def write(tree: Path, cache: Path, lock: str, into: Path) -> None:
    """Write `third-party-licences.txt` and `NAME.cdx.json` for the packages unpacked in `tree`. `cache` has their
    wheels."""
    into.mkdir(parents=True, exist_ok=True)
    found = sorted(tree.glob("*.dist-info"), key=lambda each: each.name.lower())
    name = into.name
    (into / "third-party-licences.txt").write_text("\n".join(map(_licence, found)), encoding="utf-8")
    document = materials(name, [_component(info, cache) for info in found])
    (into / f"{name}.cdx.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def materials(name: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    """The bill of materials; the same for the same components, whenever it is made."""
    made = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    content = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name + content)}",
        "version": 1,
        "metadata": {
            "timestamp": f"{made:%Y-%m-%dT%H:%M:%SZ}",
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": name,
                "version": version(),
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": name, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def version() -> str:
    found = re.search(r'^__version__ = "(.+)"$', INIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def _component(info: Path, cache: Path) -> dict[str, Any]:
    about = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
    name = re.sub(r"[-_.]+", "-", about["Name"]).lower()
    purl = f"pkg:pypi/{name}@{about['Version']}"
    stem = info.name.removesuffix(".dist-info").lower()
    files = [file for file in sorted(cache.glob("*.whl")) if file.name.lower().startswith(f"{stem}-")]
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": about["Version"],
        "purl": purl,
        "licenses": [_licensed(about)],
        "properties": [
            {"name": f"edgegw:wheel:{file.name}", "value": hashlib.sha256(file.read_bytes()).hexdigest()}
            for file in files
        ],
    }
    if about["Summary"]:
        component["description"] = about["Summary"]
    return component


def _licensed(about: Any) -> dict[str, Any]:
    if about["License-Expression"]:
        return {"expression": about["License-Expression"]}
    classifiers = [each for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    named = about["License"] or (classifiers[0].rpartition(" :: ")[2] if classifiers else "see its licence text")
    return {"license": {"name": named.strip().splitlines()[0]}}


def _licence(info: Path) -> str:
    """Name, version and the texts that came with a package."""
    about = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
    licensed = _licensed(about)
    head = f"{about['Name']} {about['Version']}: {licensed.get('expression') or licensed['license']['name']}"
    texts = [
        file.read_text(encoding="utf-8", errors="replace").strip()
        for file in sorted(info.rglob("*"))
        if file.is_file() and LICENCE_NAMES.search(file.name)
    ]
    return "\n\n".join([f"{'=' * 80}\n{head}\n{'=' * 80}", *texts]) + "\n"
