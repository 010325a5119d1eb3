"""The leak checks of conftest.py, seen to fail: pytest runs on bad tests, with that very conftest.py."""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

BAD_TESTS = """
import asyncio
import gc
import threading

import pytest

release = threading.Event()


async def sleep_on():
    await asyncio.Event().wait()


async def fail():
    raise RuntimeError("nobody reads me")


async def test_task_left():
    global task
    task = asyncio.create_task(sleep_on(), name="forgotten")


def test_task_left_by_asyncio_run():
    async def main():
        global task
        task = asyncio.create_task(sleep_on(), name="forgotten too")

    asyncio.run(main())


def test_thread_left():
    threading.Thread(target=release.wait, name="lingering", daemon=True).start()


async def test_exception_never_read():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task


async def test_exception_never_read_in_a_cycle():
    class Owner:
        pass

    owner = Owner()
    owner.self = owner
    owner.task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_callback_raises():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)


async def test_coroutine_never_awaited():
    sleep_on()
    gc.collect()


@pytest.fixture
async def part():
    task = asyncio.create_task(sleep_on())
    yield task
    task.cancel()
    await asyncio.wait([task])


async def test_good_fixture_cleans_up(part):
    assert not part.done()


async def test_good_task_is_on_its_way_out():
    asyncio.create_task(asyncio.sleep(0.05))


def test_good_thread_is_on_its_way_out():
    threading.Timer(0.05, lambda: None).start()


async def test_good_executor_threads_end_with_the_loop():
    await asyncio.to_thread(lambda: None)


async def test_good_exception_is_read():
    with pytest.raises(RuntimeError):
        await asyncio.create_task(fail())


@pytest.fixture(scope="module")
def shared_thread():
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="shared")
    thread.start()
    yield thread
    done.set()
    thread.join()


def test_good_thread_of_a_module_fixture(shared_thread):
    assert shared_thread.is_alive()
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest said of each of the tests above; of a test that passed, nothing."""
    folder = tmp_path_factory.mktemp("leaks")
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_bad.py").write_text(BAD_TESTS)
    (folder / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
    )
    report = folder / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    said: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        told = "".join(f"{problem.get('message')}\n{problem.text}" for problem in case)
        said[case.attrib["name"]] = said.get(case.attrib["name"], "") + told
    return said


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("test_task_left", "name='forgotten'"),
        ("test_task_left_by_asyncio_run", "name='forgotten too'"),
        ("test_thread_left", "thread: <Thread(lingering"),
        ("test_exception_never_read", "RuntimeError: nobody reads me"),
        ("test_exception_never_read_in_a_cycle", "RuntimeError: nobody reads me"),
        ("test_callback_raises", "ZeroDivisionError"),
        ("test_coroutine_never_awaited", "never awaited"),
    ],
)
def test_a_leak_fails_the_test_that_made_it_and_is_named(outcome: dict[str, str], name: str, names: str) -> None:
    assert names in outcome[name]


def test_what_cleans_up_after_itself_passes(outcome: dict[str, str]) -> None:
    good = {name: said for name, said in outcome.items() if name.startswith("test_good_")}
    assert len(good) == 6
    assert set(good.values()) == {""}
