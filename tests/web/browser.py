"""A headless Chromium, driven through its DevTools socket: loads a page, evaluates, and tells what went wrong in it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)  # fmt: skip

_TROUBLE = ("Runtime.exceptionThrown", "Log.entryAdded")
PATIENCE_S = 20.0


class Tab:
    """One page. `trouble` collects uncaught exceptions, console errors and what the browser refused (CSP, 404)."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.trouble: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """One DevTools command and its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE_S))
            self._note(message)
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]

    def _note(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params", {})
        console = method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert")
        if method in _TROUBLE or console:
            self.trouble.append(json.dumps(params))

    def size(self, width: int, height: int, *, scale: float = 1.0, dark: bool = False) -> None:
        """The viewport in CSS pixels before zooming by `scale`, and the colour scheme that the system prefers."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=round(width / scale), height=round(height / scale),
            deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.until(f"document.body !== null && location.href === {json.dumps(url)}")

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait for a condition in the page."""
        ends = time.monotonic() + PATIENCE_S
        while not self.evaluate(condition):
            assert time.monotonic() < ends, f"{condition} is not so; the page says: {self.text()}; {self.trouble}"
            time.sleep(0.02)

    def text(self) -> str:
        return str(self.evaluate("document.body?.innerText"))

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(picture["data"]))


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """A browser with a fresh profile in `folder`, ended with everything it started."""
    assert EXECUTABLE is not None, "chromium is not installed (Debian: apt install chromium)"
    profile = folder / "chromium"
    process = subprocess.Popen(
        [EXECUTABLE, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with connect(_page_socket(profile, process), max_size=None) as socket:
            yield Tab(socket)
            socket.send(json.dumps({"id": 0, "method": "Browser.close"}))
            process.wait(timeout=PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _page_socket(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """URL of the DevTools socket of the first page."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            port = (profile / "DevToolsActivePort").read_text().splitlines()[0]
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE_S) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            return str(pages[0]["webSocketDebuggerUrl"])
        except (OSError, IndexError):
            time.sleep(0.02)
    raise RuntimeError("chromium did not start")
