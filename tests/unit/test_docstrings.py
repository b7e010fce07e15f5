"""Public functions with three parameters or more describe each of them under `Args:`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replay import ROOT

FOLDERS = ("shared", "training", "models", "functions")
MINIMUM = 3
"""Number of parameters that requires `Args:`; `self` and `cls` do not count."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_public(name: str) -> bool:
    return not name.startswith("_")


def is_command(function: Function) -> bool:
    """Whether click builds a command from it: its options document the parameters."""
    return any(re.search(r"\b(click|command|group)\b", ast.unparse(decorator)) for decorator in function.decorator_list)


def is_family(function: Function) -> bool:
    """Whether it converts a class of estimators: `training/new/conversion/registry.py` documents the parameters."""
    names = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
    return bool({"transformer", "predictor"}.intersection(names))


def is_click_type(node: ast.ClassDef) -> bool:
    """Whether click documents the methods of the class: it overrides those of `click.ParamType`."""
    return any(ast.unparse(base).startswith("click.") for base in node.bases)


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """The public functions and methods of a module with their qualified names; nested functions are private."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and is_public(node.name) and not is_click_type(node):
            yield from ((f"{node.name}.{method.name}", method) for method in node.body if isinstance(method, Function))


def parameters(function: Function) -> list[str]:
    """The names of its parameters, without `self`, `cls` and unused ones such as `_`."""
    arguments = function.args
    all_arguments = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    names = [argument.arg for argument in all_arguments if argument]
    return [name for name in names if is_public(name) and name not in {"self", "cls"}]


def described(docstring: str) -> set[str]:
    """The parameters that the `Args:` section names: `name: ...`, or `name, other: ...`."""
    section = re.search(r"^Args:\n((?: .*\n|\n)*)", f"{docstring}\n", re.MULTILINE)
    heads = re.findall(r"^ {4}((?:\*{0,2}\w+(?:, )?)+):", section[1] if section else "", re.MULTILINE)
    return {name.lstrip("*") for head in heads for name in head.split(", ")}


def undescribed(file: Path) -> Iterator[str]:
    """Each public function that leaves parameters undescribed, as `line name: parameters`."""
    for name, function in functions(ast.parse(file.read_text("utf-8"))):
        names = parameters(function)
        if len(names) < MINIMUM or not is_public(function.name) or is_command(function) or is_family(function):
            continue
        known = described(ast.get_docstring(function) or "")
        if missing := [parameter for parameter in names if parameter not in known]:
            yield f"{function.lineno} {name}: {', '.join(missing)}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_public_functions_with_three_parameters_describe_each(folder: str) -> None:
    files = sorted(file for file in (ROOT / folder).rglob("*.py") if is_public(file.stem) or file.stem == "__main__")
    assert len(files) > 5
    assert [f"{file.relative_to(ROOT)}:{gap}" for file in files for gap in undescribed(file)] == []


def test_a_missing_parameter_is_reported(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('''
def full(a, b, *rest):
    """Sum.

    Args:
        a: first term.
        b: second term,
            with a second line.
        rest: further terms.

    Returns:
        c: the sum.
    """

def partial(a, b, *, c):
    """Sum.

    Args:
        a, b: two terms.
    """

def _private(a, b, c): ...

@click.command()
def command(a, b, c): ...

class Public:
    def method(self, a, b, c): ...
    def small(self, a, b, _): ...

class _Private:
    def method(self, a, b, c): ...

class Name(click.ParamType):
    def convert(self, value, param, ctx): ...
''')
    assert list(undescribed(tmp_path / "module.py")) == ["15 partial: c", "28 Public.method: a, b, c"]
