"""The fold: what a fact changes in the tables. `apply(state, fold(state, fact))` is the only way that state changes.

rows         what each fact changes, of the blocks' own modules: each has its `FOLDS`, which `folds` puts together
transaction  the same, where the row is a transaction's
memory       the changes put into the state that memory holds: its indexes, and what stays of history
"""

from __future__ import annotations

from edgegw.core.fold.commands import received_row
from edgegw.core.fold.memory import KEPT, apply
from edgegw.core.fold.rows import fold
from edgegw.core.fold.tokens import LOCAL

__all__ = ["KEPT", "LOCAL", "apply", "fold", "received_row"]
