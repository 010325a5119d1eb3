"""Reading what a damaged table still gives, by ranges of its key that are halved where they can't be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from edgegw.journal.connection import DATABASE_ERRORS

MOST_FAILURES = 100_000
"""Reads that fail, of one table; what is left of it then is given up in the ranges at hand. A lost page costs some
hundred, a lost page of pages some ten thousand, each about 20 us."""

Fetch = Callable[[int, int], Iterable[tuple[Any, ...]]]


class Ranges:
    """One walk over a table. `fetch(first, last)` gives the rows of these keys in order, the key first; it may raise
    one of DATABASE_ERRORS at any row. A row may come twice when its key is not unique."""

    def __init__(self, fetch: Fetch) -> None:
        self.lost = False
        """Something could not be read."""
        self._fetch = fetch
        self._failures = 0

    def rows(self, first: int, last: int) -> Iterator[tuple[Any, ...]]:
        """Every row that can be read of the keys `first` to `last`, in order."""
        left = [(first, last)]
        while left:
            first, last = left.pop()
            try:
                for row in self._fetch(first, last):
                    yield row
                    if isinstance(row[0], int) and row[0] > first:
                        first = row[0]
            except DATABASE_ERRORS:
                self.lost = True
                self._failures += 1
                if first < last and self._failures < MOST_FAILURES:
                    middle = (first + last) // 2
                    left += [(middle + 1, last), (first, middle)]
