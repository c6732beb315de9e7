"""From a row's call to what the checkers read: with functions or lambdas, plain or through pipe, and its twins.

A twin is the call with one mistake in one function, which a checker must refuse.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.typing.forms import NAMED


class Replaced(ast.NodeTransformer):
    """A call with functions replaced, named ones and lambdas: each has a place, counted from 0."""

    def __init__(self, replacements: dict[int, ast.expr]) -> None:
        self.replacements = replacements
        self.functions: list[ast.Name | ast.Lambda] = []

    def visit_function(self, node: ast.Name | ast.Lambda) -> ast.expr:
        self.functions.append(node)
        return self.replacements.get(len(self.functions) - 1, node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.visit_function(node) if node.id in NAMED else node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return self.visit_function(node)


def functions_of(call: str) -> list[ast.Name | ast.Lambda]:
    found = Replaced({})
    found.visit(ast.parse(call, mode="eval"))
    return found.functions


def replaced(call: str, replacements: dict[int, ast.expr]) -> str:
    return ast.unparse(Replaced(replacements).visit(ast.parse(call, mode="eval")))


def parameters_of(name: str) -> list[ast.arg]:
    definition = ast.parse(f"def {name}({NAMED[name].parameters}): ...").body[0]
    assert isinstance(definition, ast.FunctionDef)
    return definition.args.args


def as_lambda(node: ast.Name | ast.Lambda) -> ast.Lambda:
    if isinstance(node, ast.Lambda):
        return node
    names = ", ".join(parameter.arg for parameter in parameters_of(node.id))
    function = ast.parse(f"lambda {names}: {NAMED[node.id].body}", mode="eval").body
    assert isinstance(function, ast.Lambda)
    return function


def with_lambdas(call: str) -> Iterator[str]:
    """The call with lambdas, then its twins: in each one argument of one lambda is asked for what it does not have."""
    lambdas = {place: as_lambda(function) for place, function in enumerate(functions_of(call))}
    yield replaced(call, {**lambdas})
    for place, function in lambdas.items():
        for parameter in function.args.args:
            if not parameter.arg.startswith("_"):
                nope = ast.Attribute(ast.Name(parameter.arg, ast.Load()), "nope", ast.Load())
                yield replaced(call, {**lambdas, place: ast.Lambda(function.args, nope)})


def with_functions(call: str) -> Iterator[str]:
    """The call, then its twins: in each one function takes something unrelated in one argument."""
    yield call
    for place, function in enumerate(functions_of(call)):
        assert isinstance(function, ast.Name), f"a lambda, which mypy does not infer: {call}"
        for number in range(len(parameters_of(function.id))):
            yield replaced(call, {place: ast.Name(f"{function.id}_not_{number}", ast.Load())})


def through_pipe(call: str, among: str = "{}") -> str:
    """``source.take(1)`` as ``source.pipe(ops.take(1))``, or with more operators around that."""
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute), call
    function = ast.Attribute(ast.Name("ops", ast.Load()), node.func.attr, ast.Load())
    operator = ast.unparse(ast.Call(function, node.args, node.keywords))
    return f"{ast.unparse(node.func.value)}.pipe({among.format(operator)})"


def definitions() -> Iterator[str]:
    """The functions that rows name, and of each those that take something unrelated in one argument."""
    for name, function in NAMED.items():
        parameters = parameters_of(name)
        for wrong in (None, *range(len(parameters))):
            texts = [
                f"{parameter.arg}: {'Unrelated' if number == wrong else ast.unparse(annotation)}"
                for number, parameter in enumerate(parameters)
                if (annotation := parameter.annotation) is not None
            ]
            suffix = "" if wrong is None else f"_not_{wrong}"
            yield f"def {name}{suffix}({', '.join(texts)}) -> {function.result}: raise NotImplementedError"
