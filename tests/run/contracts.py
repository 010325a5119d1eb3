"""Kinds of import-linter contract for rules that its own cannot say (used by [tool.importlinter] in pyproject.toml).

import-linter's `forbidden` and `protected` refuse modules that nobody has written or imports yet. The design places
whole rooms before they exist, and a rule that comes together with the code it binds comes too late, so
`forbidden_if_there` and `protected_if_there` leave out what is not there. `only` turns the question round: it names all
that may be imported.
"""

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.protected import ProtectedContract


def _present(graph: ImportGraph, expressions: Any) -> Any:
    """The module expressions that match something in the graph, in the same kind of collection."""
    return type(expressions)(e for e in expressions if e.has_wildcard_expression() or e.expression in graph.modules)


class ForbiddenIfThere(ForbiddenContract):
    """`forbidden`, for the modules that exist."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        self.source_modules = _present(graph, self.source_modules)
        self.forbidden_modules = _present(graph, self.forbidden_modules)
        return super().check(graph, verbose)


class ProtectedIfThere(ProtectedContract):
    """`protected`, for the modules that exist."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        self.protected_modules = _present(graph, self.protected_modules)
        self.allowed_importers = _present(graph, self.allowed_importers)
        return super().check(graph, verbose)


class Only(Contract):
    """Says all that `modules` and what lies in them may import beside themselves, directly.

    `may_import` names modules, each with what lies in it; the word `stdlib` stands for Python's own library, and
    `libraries` for all others, whose importers are the subject of other contracts.
    """

    type_name = "only"

    modules = fields.ListField(subfield=fields.StringField())
    may_import = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        ours: list[str] = self.session_options["root_packages"]
        allowed: list[str] = self.may_import  # type: ignore[assignment]
        wrong: list[str] = []
        for package in self.modules:  # type: ignore[attr-defined]
            if package not in graph.modules:
                continue
            for module in sorted({package, *graph.find_descendants(package)}):
                for imported in sorted(graph.find_modules_directly_imported_by(module)):
                    root = imported.partition(".")[0]
                    kind = "ours" if root in ours else "stdlib" if root in sys.stdlib_module_names else "libraries"
                    if kind in allowed:
                        continue
                    if any(imported == name or imported.startswith(f"{name}.") for name in (package, *allowed)):
                        continue
                    line = graph.get_import_details(importer=module, imported=imported)[0]["line_number"]
                    wrong.append(f"{module} -> {imported} (l.{line})")
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        output.print_error(f"These may import nothing but {', '.join(self.may_import)}:")  # type: ignore[arg-type]
        output.new_line()
        for line in check.metadata["wrong"]:
            output.print_error(f"-   {line}", bold=False)
        output.new_line()
