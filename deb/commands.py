"""Every command of the program with its parser, as manual and completion need them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from edgegw import cli

Parser = argparse.ArgumentParser


class _Found(BaseException):
    def __init__(self, parser: Parser) -> None:
        self.parser = parser


def _caught(parser: Parser, *words: Any) -> None:
    raise _Found(parser)


def commands() -> Iterator[tuple[list[str], Parser]]:
    """(words, parser) of the program itself, of each command, and of what a command has below it."""
    with patch.object(Parser, "parse_args", _caught):
        try:
            cli.main([])
        except _Found as found:
            whole = found.parser
    yield [], whole
    for name, parser in below(whole).items():
        if name in cli._PASSED_ON:
            with patch.object(Parser, "parse_args", _caught):
                try:
                    cli._PASSED_ON[name][0]([])
                except _Found as found:
                    parser = found.parser
        yield from _walk([name], parser)


def _walk(words: list[str], parser: Parser) -> Iterator[tuple[list[str], Parser]]:
    yield words, parser
    for name, each in below(parser).items():
        yield from _walk([*words, name], each)


def below(parser: Parser) -> dict[str, Parser]:
    """The commands below a parser, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def actions(parser: Parser) -> list[argparse.Action]:
    """Options and words of a parser, without --help and the commands below."""
    return [
        action
        for action in parser._actions
        if not isinstance(action, argparse._SubParsersAction | argparse._HelpAction)
        and action.help != argparse.SUPPRESS
    ]


def summary(parent: Parser, name: str) -> str:
    """The line that a command has in its parent's help."""
    for action in parent._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                if choice.dest == name:
                    return choice.help or ""
    return ""


def help_of(action: argparse.Action, parser: Parser) -> str:
    """The help of an option, with its default filled in."""
    if not action.help:
        return ""
    values = {key: value for key, value in vars(action).items() if value is not argparse.SUPPRESS}
    return action.help % {**values, "prog": parser.prog}
