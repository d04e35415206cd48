"""Compiles the simple templates of Home Assistant's discovery: `{{ value_json.t | float / 10 }}`.

Jinja parses the text and this module walks the syntax tree; Jinja never runs it. Only paths, constants,
arithmetic, comparisons, `a if b else c` and a few filters are compiled, so an untrusted template can do no
harm. Import this module late: Jinja takes 6.5 MB of memory, and most devices have no template.
"""

from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from ingest.decoders.esphome.template_operations import (
    ARITHMETIC,
    COMPARISONS,
    FILTERS,
    Read,
    Unreadable,
    apply,
    apply_filter,
    choose,
    path,
)

LONGEST = 600
DEPTH = 25
_LARGEST = 10**18
_ROOTS = {"value": 0, "value_json": 1}
_JINJA = Environment(autoescape=False)


@lru_cache(4096)
def template(text: str) -> Read | None:
    """The template as a function of the message; None if it is not a simple one."""
    if len(text) > LONGEST or text.count("{") != 2:
        return None
    try:
        match _JINJA.parse(text.strip()).body:
            case [nodes.Output(nodes=[nodes.Test(name="defined", node=expression)])]:
                return _read(expression, DEPTH)
            case [nodes.Output(nodes=[expression])]:
                return _read(expression, DEPTH)
    except (TemplateSyntaxError, Unreadable, RecursionError):
        pass
    return None


def _read(node: nodes.Node, depth: int) -> Read:
    if depth == 0:
        raise Unreadable
    depth -= 1
    match node:
        case nodes.Const(value=value):
            return _constant(value)
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            return _path(node)
        case nodes.Pos(node=inner):
            return _read(inner, depth)
        case nodes.Neg(node=inner):
            return apply(ARITHMETIC["Sub"], _constant(0), _read(inner, depth))
        case nodes.BinExpr(left=left, right=right) if type(node).__name__ in ARITHMETIC:
            return apply(ARITHMETIC[type(node).__name__], _read(left, depth), _read(right, depth))
        case nodes.Compare(expr=left, ops=[nodes.Operand(op=sign, expr=right)]) if sign in COMPARISONS:
            return apply(COMPARISONS[sign], _read(left, depth), _read(right, depth))
        case nodes.CondExpr(test=test, expr1=then, expr2=nodes.Node() as otherwise):
            return choose(_read(test, depth), _read(then, depth), _read(otherwise, depth))
        case nodes.Test(name="defined", node=inner, args=[]):
            return apply(lambda _: True, _read(inner, depth))
        case nodes.Call(node=nodes.Name(name="float" | "int" as name), args=[value, *_]):
            return apply_filter(name, _read(value, depth), _arguments(node, depth))
        case nodes.Filter(node=nodes.Node() as value, name=name) if name in FILTERS:
            return apply_filter(name, _read(value, depth), _arguments(node, depth))
    raise Unreadable


def _constant(value: Any) -> Read:
    if value is not None and not isinstance(value, str) and not abs(value) <= _LARGEST:
        raise Unreadable
    return lambda _: value


def _arguments(node: nodes.Call | nodes.Filter, depth: int) -> list[Read]:
    """The arguments in order, keywords included. Raises Unreadable for `*args` and `**kwargs`."""
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise Unreadable
    return [_read(item, depth) for item in (*node.args, *(pair.value for pair in node.kwargs))]


def _path(node: nodes.Expr) -> Read:
    """`value_json.a["b"][0]`: collects keys and indexes down to `value` or `value_json`."""
    steps: list[str | int] = []
    while True:
        match node:
            case nodes.Name(name=name) if name in _ROOTS:
                return path(_ROOTS[name], steps[::-1])
            case nodes.Getattr(node=inner, attr=str() as key):
                steps.append(key)
            case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as key)):
                steps.append(key)
            case _:
                raise Unreadable
        node = inner
