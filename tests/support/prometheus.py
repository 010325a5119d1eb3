"""A real Prometheus on a free loopback port, with its data in a folder of the test's. Ended by its own pid."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.ports import free_port

EXECUTABLE = shutil.which("prometheus")


class Prometheus:
    """Scrapes `targets` as job edgegw each second, and evaluates the rules of `rules` as often."""

    def __init__(self, folder: Path, targets: list[str], rules: Path) -> None:
        self.port = free_port()
        self._folder = folder / "prometheus"
        self._folder.mkdir()
        self.log = self._folder / "log"
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "edgegw", "static_configs": [{"targets": targets}]}],
        }
        (self._folder / "prometheus.yaml").write_text(json.dumps(configuration))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Prometheus:
        assert EXECUTABLE is not None
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    EXECUTABLE, f"--config.file={self._folder / 'prometheus.yaml'}",
                    f"--storage.tsdb.path={self._folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}",
                    "--log.level=warn",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2):
                    return self
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.1)

    def ask(self, path: str, **parameters: str) -> Any:
        """What its API answers; raises HTTPError for a query that it does not take."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())["data"]

    def query(self, expression: str) -> list[Any]:
        result: list[Any] = self.ask("query", query=expression)["result"]
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
