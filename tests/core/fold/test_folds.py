"""The folds of the blocks, put together."""

from __future__ import annotations

import pytest

from edgegw.core.fold import reservations, stations
from edgegw.core.fold.folds import merged
from edgegw.model import facts as f


def test_each_block_folds_its_own_facts() -> None:
    both = merged([reservations.FOLDS, stations.FOLDS])
    assert {f.ReservationMade, f.StationBooted} < both.keys()


def test_a_fact_that_two_blocks_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="folded twice: reservation_ended, reservation_made"):
        merged([reservations.FOLDS, stations.FOLDS, reservations.FOLDS])
