"""bash completion, from the program's own parsers.

python -m deb.completion > edgegw
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deb.commands import Parser, actions, below, commands

HEAD = """\
# bash completion for edgegw; made by deb/completion.py
_edgegw()
{
    local cur prev words cword
    _init_completion || return
    local path='' at=1 word
    while ((at < cword)); do
        word=${words[at]}
        case "$path $word" in
"""

MIDDLE = """\
        esac
        at=$((at + 1))
    done
    local lower='' options='' files=''
    case "$path" in
"""

TAIL = """\
    esac
    case "$path $prev" in
"""

END = """\
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
    elif [[ -n $lower ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$lower" -- "$cur")
    elif [[ -n $files ]]; then
        _filedir
    fi
} &&
    complete -F _edgegw edgegw
"""


def script() -> str:
    """The completion of every command, option and choice; file names where a file is meant."""
    found = [(" " + " ".join(words) if words else "", parser) for words, parser in commands()]
    deeper = "".join(
        f"            '{path} {name}') path+=' {name}' ;;\n" for path, parser in found for name in below(parser)
    )
    known = "".join(_level(path, parser) for path, parser in found)
    values = "".join(_values(path, parser) for path, parser in found)
    return HEAD + deeper + MIDDLE + known + TAIL + values + END


def _level(path: str, parser: Parser) -> str:
    options = [option for action in actions(parser) for option in action.option_strings]
    words = [action for action in actions(parser) if not action.option_strings]
    lower = [*below(parser), *(str(each) for word in words for each in word.choices or ())]
    files = "1" if any(_is_file(word) for word in words) else ""
    return (
        f"        '{path}')\n            lower='{' '.join(lower)}'\n            options='{' '.join(options)}'\n"
        f"            files='{files}'\n            ;;\n"
    )


def _values(path: str, parser: Parser) -> str:
    """What may follow an option that takes a value."""
    lines = ""
    for action in actions(parser):
        if not action.option_strings or action.nargs == 0:
            continue
        pattern = " | ".join(f"'{path} {option}'" for option in action.option_strings)
        if action.choices is not None:
            choices = " ".join(str(each) for each in action.choices)
            act = f"mapfile -t COMPREPLY < <(compgen -W '{choices}' -- \"$cur\")"
        elif _is_file(action):
            act = "_filedir"
        else:
            act = "COMPREPLY=()"
        lines += f"        {pattern})\n            {act}\n            return\n            ;;\n"
    return lines


def _is_file(action: argparse.Action) -> bool:
    return action.type is Path


if __name__ == "__main__":
    sys.stdout.write(script())
