"""A station, or a CSMS, of an npm package: a node process that is told what to say and tells what it hears.

The lines between the two are those of `lines.mjs`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from itertools import count
from typing import Any

import pytest

from tests.stations.foreign.day import Payload, Refused
from tests.support.node import FOREIGN, NoNode, node_folder

ANSWER_S = 10


class NodeStation:
    """See `day.ForeignStation`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.heard: list[tuple[str, Payload]] = []
        self.wrong: list[str] = []
        self.open = asyncio.Event()
        self.port = 0
        """Where it listens, if it is a CSMS."""
        self._process = process
        self._answers: dict[int, asyncio.Future[Payload]] = {}
        self._numbers = count(1)

    async def call(self, action: str, payload: Payload) -> Payload:
        assert self._process.stdin is not None
        number = next(self._numbers)
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps([number, action, payload]).encode() + b"\n")
        return await asyncio.wait_for(answer, ANSWER_S)

    async def listen(self) -> None:
        """Take what the process tells, until it ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            match json.loads(line):
                case ["listening", port]:
                    self.port = port
                case ["open"]:
                    self.open.set()
                case ["result", number, result]:
                    self._answers.pop(number).set_result(result)
                case ["error", number, code]:
                    self._answers.pop(number).set_exception(Refused(code))
                case ["heard", action, payload]:
                    self.heard.append((action, payload))
                case ["wrong", text]:
                    self.wrong.append(text)
        for answer in self._answers.values():
            answer.cancel()
        self.open.set()


@contextlib.asynccontextmanager
async def station(script: str, url: str, answers: Mapping[str, Payload], **asked: Any) -> AsyncIterator[NodeStation]:
    """`script` of this folder as CP01 at `url`; skips the test where there is no node. What the client has against what
    it was told is in `wrong`; nothing may be when it ends."""
    try:
        folder = await asyncio.to_thread(node_folder, FOREIGN, "foreign-stations")
    except NoNode as reason:
        pytest.skip(str(reason))
    about = {"url": url, "id": "CP01", "answers": dict(answers), **asked}
    process = await asyncio.create_subprocess_exec(
        "node", script, json.dumps(about), cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    made = NodeStation(process)
    listening = asyncio.create_task(made.listen())
    try:
        await asyncio.wait_for(made.open.wait(), ANSWER_S)
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), ANSWER_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        await listening
