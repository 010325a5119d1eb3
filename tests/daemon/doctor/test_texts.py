"""Every finding has its sentences in every language, with the same gaps to fill."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edgegw.daemon.doctor import checks
from edgegw.daemon.doctor.telling import told
from edgegw.daemon.doctor.texts import TEXTS, WORDS, spoken
from edgegw.daemon.doctor.values import Finding

SOURCE = Path(checks.__file__).read_text(encoding="utf-8")


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_kind_that_a_check_finds_has_sentences_and_no_other_does() -> None:
    found = set(re.findall(r'Finding\(\s*"(\w+)"', SOURCE)) | set(re.findall(r'"(\w+)" if ', SOURCE))
    named = {
        word for word in re.findall(r'"([a-z]+_[a-z_]+|station|knock|voice|fallback)"', SOURCE) if word in TEXTS["en"]
    }
    assert found - {"bad", "warm"} <= TEXTS["en"].keys()
    assert named == TEXTS["en"].keys()


@pytest.mark.parametrize("language", ["pt-BR", "es"])
def test_another_language_says_the_same_of_the_same(language: str) -> None:
    assert TEXTS[language].keys() == TEXTS["en"].keys()
    assert WORDS[language].keys() == WORDS["en"].keys()
    for kind, text in TEXTS["en"].items():
        assert [gaps(part) for part in TEXTS[language][kind]] == [gaps(part) for part in text], kind


def test_a_terminal_is_spoken_to_in_its_own_language() -> None:
    assert spoken({"LANG": "pt_BR.UTF-8"}) == "pt-BR"
    assert spoken({"LANG": "pt_BR.UTF-8", "LC_ALL": "es_ES.UTF-8"}) == "es"
    assert spoken({"LANG": "de_DE.UTF-8"}) == "en"
    assert spoken({}) == "en"


def test_a_station_is_told_of_as_on_the_page_in_its_language() -> None:
    said = {
        "kind": "turned_away", "text": "It knocks and is not let in (3x, last at T): unknown.", "todo": "Name it.",
        "values": {"id": "CP9", "count": 3, "at": "T", "reason": "unknown", "word": "unknown"},
    }  # fmt: skip
    finding = Finding("station", "bad", "CP9", said)
    assert told(finding, "en").what == "It knocks and is not let in (3x, last at T): unknown."
    assert told(finding, "en").mend == "Name it."
    in_portuguese = told(finding, "pt-BR")
    assert in_portuguese.what == "Bate à porta e não entra (3×, a última em T): esta estação não é conhecida aqui."
    assert in_portuguese.mend == "Ponha-a na configuração, ou: edgegw stations accept CP9"
    faulted = {"kind": "faulted", "text": "x", "todo": "y", "values": {"place": "EVSE 2", "evse": 2, "error": "GF"}}
    assert told(Finding("station", "bad", "CP1", faulted), "es").what == "La plaza 2 informa de una avería: GF."


def test_a_kind_that_the_page_does_not_know_yet_is_told_as_the_gateway_says_it() -> None:
    new = {"kind": "haunted", "text": "It is haunted.", "todo": "Leave it.", "values": {}}
    assert told(Finding("station", "bad", "CP1", new), "pt-BR").what == "It is haunted."
