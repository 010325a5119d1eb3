from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.cloud.share import Share, share_of

ROOT = "edgegw/v1"


@given(st.text(min_size=1), st.integers(2, 9))
def test_every_site_belongs_to_exactly_one_part(site: str, parts: int) -> None:
    assert sum(Share(ROOT, None, part, parts).takes(site) for part in range(parts)) == 1


def test_a_part_is_the_remainder_of_crc32_which_anybody_can_compute() -> None:
    # crc32 of "paulista-01" is 883817589, of "123456789" 3421780262 (its check value).
    assert share_of(ROOT, None, "1/4").takes("paulista-01")
    assert share_of(ROOT, None, "2/4").takes("123456789")
    assert not share_of(ROOT, None, "1/4").takes("123456789")


def test_a_part_meets_its_sites_by_their_presence_and_listens_to_them_one_by_one() -> None:
    share = share_of(ROOT, None, "0/2")
    assert share.discovers
    assert list(share.filters()) == ["edgegw/v1/+/up/presence"]
    assert share.filters_of("a b") == ("edgegw/v1/a%20b/up/evt/A", "edgegw/v1/a%20b/up/evt/B")


def test_sites_by_name_are_subscribed_to_at_once_and_no_others_are_taken() -> None:
    share = share_of(ROOT, "a,b", None)
    assert not share.discovers
    assert list(share.filters())[:3] == ["edgegw/v1/a/up/presence", "edgegw/v1/a/up/evt/A", "edgegw/v1/a/up/evt/B"]
    assert [share.takes(site) for site in ("a", "b", "c")] == [True, True, False]


def test_two_that_take_the_same_sites_have_the_same_name_and_others_have_not() -> None:
    assert str(share_of(ROOT, "a,b", None)) == str(share_of(ROOT, "b,a", None))
    shares = [(ROOT, None, None), (ROOT, None, "0/2"), (ROOT, "a", None), ("r", None, None)]
    names = {str(share_of(*words)) for words in shares}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("sites", "partition", "says"),
    [("a", "0/2", "give one"), (None, "2/2", "0/2 to 1/2"), (None, "1", "0/4, 1/4"), (None, "a/b", "0/4, 1/4"),
     (None, "-1/2", "0/2 to 1/2")],
)  # fmt: skip
def test_a_share_that_can_not_be_is_refused(sites: str | None, partition: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        share_of(ROOT, sites, partition)
