"""Where the files of a command lie: a URL that its asker gave, or one that a file service gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from edgegw.model.commands import Command

Locate = Callable[[Command], Awaitable[Command]]
"""The command with a `location` that a station can reach. Raises ValueError in words: it can't be sent."""

MOVES_FILES: Final = frozenset({"get_log", "publish_firmware", "update_firmware"})


async def no_files(command: Command) -> Command:
    """For a gateway without a file service: what was given has to be a URL."""
    if command.name in MOVES_FILES and str(command.args.get("location") or "local:").startswith(
        ("local:", "local+ftp:")
    ):
        raise ValueError("there is no file service here (ocpp.files); give the location as a URL that stations reach")
    return command
