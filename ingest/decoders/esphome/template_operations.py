"""The operations of a template, each as a function of the message: arithmetic, comparisons and filters.

A value that the message lacks stays `MISSING` through every operation, since a default is not measured.
"""

import operator
from collections.abc import Callable
from typing import Any


class Missing:
    """Stands for a value that the message lacks."""


MISSING = Missing()

Scope = tuple[str, object]
"""(the payload as text, the payload as JSON)"""
Read = Callable[[Scope], Any]


class Unreadable(Exception):
    """The template is not a supported one, or it cannot be applied to this message."""


def apply(operation: Callable[..., Any], *operands: Read) -> Read:
    """Applies an operation to its operands. `MISSING` if one operand is. Raises Unreadable."""

    def read(scope: Scope) -> Any:
        values = [operand(scope) for operand in operands]
        if any(value is MISSING for value in values):
            return MISSING
        try:
            return operation(*values)
        except (TypeError, ArithmeticError):
            raise Unreadable from None

    return read


def apply_filter(name: str, value: Read, arguments: list[Read]) -> Read:
    """Applies a filter to a value. `None` and `MISSING` stay as they are."""
    operation = FILTERS[name]

    def read(scope: Scope) -> Any:
        raw = value(scope)
        if raw is None or raw is MISSING:
            return raw
        return operation(raw, *(argument(scope) for argument in arguments))

    return read


def choose(condition: Read, then: Read, otherwise: Read) -> Read:
    def read(scope: Scope) -> Any:
        holds = condition(scope)
        if holds is MISSING:
            return MISSING
        return then(scope) if holds else otherwise(scope)

    return read


def path(root: int, steps: list[str | int]) -> Read:
    """The value at these keys and indexes; `root` is the index in the scope."""

    def read(scope: Scope) -> Any:
        value: Any = scope[root]
        for step in steps:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step, MISSING)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return MISSING
        return value

    return read


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable from None


def _arithmetic(operation: Callable[[float, float], float]) -> Callable[[Any, Any], float | None]:
    def calculate(left: Any, right: Any) -> float | None:
        return None if left is None or right is None else operation(_number(left), _number(right))

    return calculate


def _round(value: Any, digits: Any = 0, *_: Any) -> float:
    return round(_number(value), max(-9, min(digits, 12)) if isinstance(digits, int) else 0)


def _to_number(value: Any, *_: Any) -> Any:
    """The number. Other text stays text, so that it is counted as not_a_number."""
    try:
        return _number(value)
    except Unreadable:
        return value


def _unchanged(value: Any, *_: Any) -> Any:
    return value


def _of_text(method: Callable[[str], str]) -> Callable[..., Any]:
    return lambda value, *_: method(value) if isinstance(value, str) else value


ARITHMETIC = {
    "Add": _arithmetic(operator.add),
    "Sub": _arithmetic(operator.sub),
    "Mul": _arithmetic(operator.mul),
    "Div": _arithmetic(operator.truediv),
    "FloorDiv": _arithmetic(operator.floordiv),
    "Mod": _arithmetic(operator.mod),
}
"""Keyed by Jinja's node name. Power is missing on purpose: `9 ** 9 ** 9` would hang the listener."""
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "lt": operator.lt,
    "gteq": operator.ge,
    "lteq": operator.le,
}
FILTERS: dict[str, Callable[..., Any]] = {
    "float": _to_number,
    "int": _to_number,
    "round": _round,
    "multiply": lambda value, factor=1, *_: _number(value) * _number(factor),
    "default": _unchanged,
    "d": _unchanged,
    "is_defined": _unchanged,
    "string": _unchanged,
    "trim": _of_text(str.strip),
    "lower": _of_text(str.lower),
    "upper": _of_text(str.upper),
    "abs": lambda value, *_: abs(_number(value)) if isinstance(value, int | float) else value,
}
