"""What a command's arguments may be: values, of which `core.commands` makes checks and schemas."""

from __future__ import annotations

from edgegw.model.value import value


@value()
class Text:
    """A text of 1 to `most` characters."""

    most: int = 255


@value()
class Whole:
    """A whole number from `least` to `most`."""

    least: int = 0
    most: int | None = None


@value()
class Number:
    """A finite number from `least`, or above it, to `most`."""

    least: float = 0
    most: float | None = None
    above: bool = False
    """Greater than `least`, not equal to it."""


@value()
class YesNo:
    """true or false, and nothing that looks like it."""


@value()
class Time:
    """A moment as RFC 3339 with its zone."""


@value()
class Money:
    """An amount above 0 as a decimal text."""


@value()
class OneOf:
    """One of these words."""

    words: tuple[str, ...]


@value()
class ListOf:
    """1 to `most` of the same."""

    item: Kind
    most: int = 100


@value()
class Record:
    """An object of these fields and no others."""

    fields: tuple[Argument, ...]


@value()
class AnyObject:
    """An object whose content another decides on."""


@value()
class Anything:
    """Any JSON."""


Kind = Text | Whole | Number | YesNo | Time | Money | OneOf | ListOf | Record | AnyObject | Anything


@value()
class Argument:
    """One argument of a command. An optional one may be left out or null, which is the same."""

    name: str
    kind: Kind
    about: str
    required: bool = True
    private: bool = False
    """It is about a person or secret: its value lies beside the fact that a command was received, and can be erased."""


@value()
class CommandName:
    """What the catalogue says of one command."""

    about: str
    arguments: tuple[Argument, ...] = ()
    at_station: bool = True
    """A charging station carries it out, so it must be connected."""
    restricts: bool = False
    """It only stops or lowers something, so it is carried out even while the clock is unsynced."""
    numbered: bool = False
    """It gets a number of the hub's, which the station repeats in what it says of it later."""
    shows: bool = False
    """What the station does next tells what became of it when its answer was lost."""

    @property
    def required(self) -> frozenset[str]:
        return frozenset(each.name for each in self.arguments if each.required)

    @property
    def optional(self) -> frozenset[str]:
        return frozenset(each.name for each in self.arguments if not each.required)


def maybe(name: str, kind: Kind, about: str, *, private: bool = False) -> Argument:
    """An optional argument."""
    return Argument(name, kind, about, required=False, private=private)
