"""Babel extraction methods that find Chinese sentences in Python files (named in `babel.cfg`)."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO

CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
ARGUMENTS: Mapping[str, tuple[int, ...]] = {
    "_": (0,),
    "N_": (0,),
    "words": (0,),
    "self": (0,),
    "translated": (0,),
    "translate": (0,),
    "Phrase": (0,),
    "Refused": (1,),
    "Problem": (2,),
    "Clash": (2,),
    "DoctorFinding": (0, 2),
    "SettingHelp": (0, 1),
    "_bad": (0,),
}
"""Function -> indexes of its arguments that are sentences."""
MARKS = ("_", "N_")
"""Their argument is a sentence even without a Chinese character: `;`."""
VARIABLES = ("text", "refusal")
CONTEXTUAL = "pgettext"

Message = tuple[int, str | None, str | tuple[str, str], list[str]]
"""Line, function (only with a context), sentence or (context, sentence), comments."""
Options = Mapping[str, object]


def calls(file: IO[bytes], keywords: Options, tags: Collection[str], options: Options) -> Iterator[Message]:
    """Sentences passed to a function of `ARGUMENTS` or assigned to a variable of `VARIABLES`."""
    yield from _in_order(_of_calls(ast.parse(file.read())))


def declared(
    file: IO[bytes], keywords: Options, tags: Collection[str], options: Options
) -> Iterator[Message]:
    """The sentences of `calls`, and all in constants of the module and its classes, so that tables need no
    marks."""
    tree = ast.parse(file.read())
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    constants = [
        node.value for body in bodies for node in body if isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    in_constants = (message for value in constants if value for message in _literals(value))
    yield from _in_order([*_of_calls(tree), *in_constants])


def everything(
    file: IO[bytes], keywords: Options, tags: Collection[str], options: Options
) -> Iterator[Message]:
    """Every Chinese literal except docstrings, for files in which every Chinese literal is a sentence."""
    tree = ast.parse(file.read())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from _in_order([*_of_calls(tree), *_literals(tree, docstrings)])


def _in_order(messages: Iterable[Message]) -> Iterator[Message]:
    unique = {(line, text): (line, name, text, comments) for line, name, text, comments in messages}
    yield from sorted(unique.values(), key=lambda message: message[0])


def _of_calls(tree: ast.Module) -> list[Message]:
    messages: list[Message] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            if name == CONTEXTUAL and len(node.args) > 1:
                context, text = _constant(node.args[0]), _constant(node.args[1])
                if context and text:
                    messages.append((node.lineno, CONTEXTUAL, (context, text), []))
            for place in ARGUMENTS.get(name, ()):
                argument = node.args[place] if place < len(node.args) else None
                if name in MARKS and (text := _constant(argument)):
                    messages.append((node.lineno, None, text, []))
                elif argument is not None:
                    messages += _literals(argument)
        elif isinstance(node, ast.Assign):
            names = {_name(part) for target in node.targets for part in ast.walk(target)}
            messages += _literals(node.value) if names & set(VARIABLES) else []
    return messages


def _literals(tree: ast.AST, without: Collection[int] = ()) -> list[Message]:
    """The Chinese literals below a node, including both branches of a conditional and all values of a
    table. A table's key becomes the translator's comment."""
    nodes = list(ast.walk(tree))
    pieces = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    keys = {
        id(value): _constant(key)
        for node in nodes
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
    }
    return [
        (node.lineno, None, node.value, [key] if (key := keys.get(id(node))) else [])
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value)
        if id(node) not in pieces and id(node) not in without
    ]


def _constant(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
