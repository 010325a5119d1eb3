from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegw.cloud.store import Store, store_for
from tests.cloud.postgres import Postgres, why_not
from tests.support.mosquitto import EXECUTABLE, Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running mosquitto; without one installed the test is skipped."""
    if EXECUTABLE is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    with Mosquitto(tmp_path) as started:
        yield started


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL for the session; where there can be none its tests are skipped, with a warning in the summary."""
    reason = why_not()
    if reason is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"the PostgreSQL tests are skipped: {reason}", stacklevel=1)
        pytest.skip(reason)
    with Postgres() as started:
        yield started


@pytest.fixture
def postgres(cluster: Postgres) -> str:
    """The URL of a PostgreSQL database that is empty."""
    import psycopg

    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return cluster.url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    return str(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store of either kind."""
    opened = store_for(url)
    opened.open()
    yield opened
    opened.close()
