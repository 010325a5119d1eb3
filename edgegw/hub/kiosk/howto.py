"""The site's own texts for drivers: Markdown files in a folder, searched by SQLite's full text index in memory.

A file is cut at its headings; a passage is a heading with the text below it. Accents and case don't matter, the
beginning of a word is enough, and words that questions are made of are not searched for.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from edgegw.core.kiosk.question_words import QUESTION_WORDS
from edgegw.core.kiosk.quoting import NAME_MOST, PASSAGE_MOST, plain
from edgegw.model.value import value

log = logging.getLogger("edgegw.hub")

MOST_FILES: Final = 200
MOST_BYTES: Final = 256 * 1024
"""Of one file; what is longer is left out, and said so."""

_SCHEMA: Final = (
    "CREATE VIRTUAL TABLE passages USING fts5 ("
    "heading, body, file UNINDEXED, tokenize = 'unicode61 remove_diacritics 2', prefix = '3 4')"
)
_WORD: Final = re.compile(r"[^\W_]+")
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$")
_MARKS: Final = re.compile(r"[*_`>#]+|^\s*[-+]\s+|!?\[([^\]]*)\]\([^)]*\)", re.MULTILINE)


@value()
class Passage:
    """What was found: a heading, the text below it, and the file that has it. All of it is data to be read aloud."""

    heading: str
    text: str
    file: str


class Howto:
    """`passages` reads the folder, `replace` has them searched, `search` does it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._index = sqlite3.connect(":memory:")
        self._index.execute(_SCHEMA)

    def close(self) -> None:
        self._index.close()

    def passages(self) -> list[Passage]:
        """Read the folder, in whatever thread. What can't be read is left out, and said so."""
        return list(self._passages())

    def replace(self, found: Iterable[Passage]) -> None:
        """Search in these from now on."""
        with self._index:
            self._index.execute("DELETE FROM passages")
            self._index.executemany(
                "INSERT INTO passages (heading, body, file) VALUES (?, ?, ?)",
                [(each.heading, each.text, each.file) for each in found],
            )

    def search(self, question: str) -> Passage | None:
        """The passage that answers best; None where none has any of the words that count."""
        words = [word for word in _WORD.findall(_folded(question)) if word not in QUESTION_WORDS and len(word) > 1]
        if not words:
            return None
        wanted = " OR ".join(f'"{_stem(word)}"*' for word in words[:20])
        row = self._index.execute(
            "SELECT heading, body, file FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, 4.0, 1.0) LIMIT 1",
            (wanted,),
        ).fetchone()
        return None if row is None else Passage(plain(row[0], 2 * NAME_MOST), plain(row[1], PASSAGE_MOST), row[2])

    def _passages(self) -> Iterator[Passage]:
        if self._folder is None:
            return
        try:
            paths = sorted(path for path in self._folder.rglob("*.md") if path.is_file())
        except OSError as error:
            log.warning("%s: the texts for drivers can't be read: %s", self._folder, error)
            return
        if len(paths) > MOST_FILES:
            log.warning("%s: only the first %d of %d texts are read", self._folder, MOST_FILES, len(paths))
        for path in paths[:MOST_FILES]:
            try:
                if path.stat().st_size > MOST_BYTES:
                    log.warning("%s: a text of more than %d KiB is left out", path, MOST_BYTES // 1024)
                    continue
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                log.warning("%s: can't be read: %s", path, error)
                continue
            yield from _cut(text, path.name, path.stem)


def _cut(text: str, file: str, title: str) -> Iterator[Passage]:
    heading, body = title.replace("-", " ").replace("_", " "), list[str]()
    for line in (*text.splitlines(), "# "):
        found = _HEADING.match(line)
        if found is None and line != "# ":
            body.append(line)
            continue
        if told := _MARKS.sub(lambda mark: mark[1] or " ", "\n".join(body)).strip():
            yield Passage(heading, told, file)
        heading, body = found[1] if found is not None else heading, []


def _folded(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))


def _stem(word: str) -> str:
    """Without the end that says number, gender or person: `banheiros`, `carregamento`; words of 5 letters or more."""
    return word if len(word) < 5 else word[: max(4, len(word) - 2)]
