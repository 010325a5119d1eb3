"""The cloud's commands: in through the hub's door, and their states back to who asked."""

from __future__ import annotations

import asyncio
import logging

from edgegw.hub import Hub
from edgegw.journal import JournalError
from edgegw.model import facts as f
from edgegw.model.commands import Command, Outcome
from edgegw.mqtt import Message, Properties
from edgegw.uplink import metrics
from edgegw.uplink.answers import Answers
from edgegw.uplink.broker import Link
from edgegw.uplink.codec.messages import Refusal, decode_command, encode_answer, encode_refusal
from edgegw.uplink.sync import Pace
from edgegw.uplink.topics import Topics

log = logging.getLogger("edgegw.uplink")

RETRY_S = 1.0
MAX_TOPIC_LENGTH = 256


class Commands:
    """Takes commands and answers them. `follow` runs always, `publish` while there is a connection."""

    def __init__(self, hub: Hub, topics: Topics, pace: Pace) -> None:
        self._hub = hub
        self._topics = topics
        self._pace = pace
        self._answers = Answers()
        self._owing = asyncio.Event()

    async def take(self, link: Link, name: str, message: Message) -> None:
        """Record the command in a message on `dn/cmd/{name}`. On return it is durable, or it was none and was refused.

        The message may be acknowledged to the broker only then. Raises ConnectionLost.
        """
        command = decode_command(name, message.payload)
        topic = self._answer_topic(name, message)
        if isinstance(command, Refusal):
            log.warning("a message on dn/cmd/%s is refused: %s", name, command.reason)
            metrics.COMMANDS.labels("refused").inc()
            payload = encode_refusal(command, self._hub.now())
            await link.publish(topic, payload, properties=_about(message.properties.correlation))
            return
        self._answers.asked(command.id, topic, message.properties.correlation)
        self._owe(await self._submit(command))

    async def _submit(self, command: Command) -> Outcome:
        while True:
            try:
                outcome = await self._hub.submit(command)
            except JournalError as error:
                log.warning("command %s (%s) waits for the ledger: %s", command.id, command.name, error)
                await asyncio.sleep(RETRY_S)
                continue
            except Exception:
                # A fault of ours must not bring the same message back for ever, nor stop those behind it.
                log.exception("command %s (%s) could not be taken", command.id, command.name)
                return Outcome(
                    command.id, "unknown", self._hub.now(), "the gateway failed to take it; its log says why"
                )
            log.info("command %s (%s): %s", command.id, command.name, outcome.state)
            return outcome

    async def follow(self) -> None:
        """Learn from the facts what becomes of commands that the cloud gave."""
        async for batch in self._hub.changes():
            for item in batch:
                match item.fact:
                    case f.CommandDispatched(command=id, at=at):
                        self._owe(Outcome(id, "dispatched", at))
                    case f.CommandEnded(command=id, at=at, state=state, reason=reason, result=result):
                        self._owe(Outcome(id, state, at, reason, result))

    async def publish(self, link: Link) -> None:
        """Publish what is owed, as it comes. Ends with ConnectionLost; what was not published is owed still."""
        while True:
            self._owing.clear()
            while (answer := self._answers.take()) is not None:
                asked, outcome = answer
                payload = encode_answer(outcome)
                self._pace.take(self._hub.monotonic())
                try:
                    code = await link.publish(asked.topic, payload, properties=_about(asked.correlation))
                except BaseException:
                    self._answers.put_back(outcome)
                    raise
                metrics.count_publish("answer", code, payload)
                metrics.COMMANDS.labels(outcome.state).inc()
            await self._owing.wait()

    def _owe(self, outcome: Outcome) -> None:
        if not self._answers.knows(outcome.id):
            row = self._hub.state.commands.get(outcome.id)
            if row is None or row.by.partition(":")[0] != "cloud":
                return
            self._answers.asked(outcome.id, self._topics.answer(row.name))  # it was asked before a restart
        self._answers.owe(outcome)
        self._owing.set()

    def _answer_topic(self, name: str, message: Message) -> str:
        asked = message.properties.response_topic
        if asked and len(asked) <= MAX_TOPIC_LENGTH and not set("+#\0") & set(asked):
            return asked
        return self._topics.answer(name)


def _about(correlation: bytes | None) -> Properties:
    return Properties(content_type="application/json", correlation=correlation)
