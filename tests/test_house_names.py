"""Names say what they hold (docs/developers/house.md): what of that can be checked, is checked here."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_house import BELOW, ROOT

EMPTY_NAMES = {
    "about",
    "asked",
    "each",
    "found",
    "given",
    "known",
    "mine",
    "one",
    "said",
    "seen",
    "there",
    "told",
}
"""Names that fit everything: a reader has to find out from elsewhere what is held."""
FOLDERS = [*BELOW, "benchmarks", "tests"]


def _trees(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def _bindings(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """(name, line) of variables, parameters, functions, classes and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case (
                ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.alias(asname=str(name))
            ):
                yield name, node.lineno


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_name_says_what_it_holds(folder: str) -> None:
    empty = [
        f"{path}:{line}: {name}"
        for path, tree in _trees(folder)
        for name, line in _bindings(tree)
        if name.strip("_") in EMPTY_NAMES
    ]
    assert not empty, "\n".join(empty)


def test_no_two_classes_have_the_same_name() -> None:
    places: defaultdict[str, set[Path]] = defaultdict(set)
    for room in BELOW:
        for path, tree in _trees(room):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    places[node.name].add(path)
    twice = {name: sorted(map(str, paths)) for name, paths in places.items() if len(paths) > 1}
    assert not twice


def test_the_check_sees_every_way_to_name_something() -> None:
    source = """
import os as one
def told(asked, *, given=1):
    for seen in given:
        with open(seen) as found, (known := asked):
            self.mine = [each for each in found]
    try: ...
    except OSError as said: ...
    match given:
        case about: ...
class there: ...
"""
    assert {name for name, _ in _bindings(ast.parse(source))} >= EMPTY_NAMES
