"""Reads the simple templates of Home Assistant's discovery: `{{ value_json.t | float / 10 }}`.

Paths, numbers, texts, arithmetic, comparisons, `a if b else c` and a few filters; nothing else, so that
whatever a stranger writes can only be read or not. Jinja itself is never run on it.
"""

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

LONGEST = 600
_DEPTH = 20
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>==|!=|>=|<=|//|[-+*/%()\[\].,|<>=]))"
)
_BRACES = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_NAMES = {"true": True, "false": False, "none": None, "True": True, "False": False, "None": None}


class Missing:
    """What the message does not have."""


MISSING = Missing()

Scope = tuple[str, object]
"""(the payload as text, the payload as JSON)"""
Read = Callable[[Scope], Any]


class Unreadable(Exception):
    """The template is none of the simple ones, or cannot be worked out for this message."""


@lru_cache(4096)
def template(text: str) -> Read | None:
    """What works the template out, `None` where it is not a simple one."""
    braces = _BRACES.fullmatch(text.strip())
    if braces is None or len(text) > LONGEST or "{" in braces[1]:
        return None
    try:
        parser = _Parser(_tokens(braces[1]))
        read = parser.whole()
    except (Unreadable, RecursionError):
        return None
    return read


def needs_json(text: str) -> bool:
    return "value_json" in text


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    """By Jinja's order: a filter binds closest, then signs, products, sums, comparisons, `if`."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Read:
        found = self._choice()
        if self._at != len(self._tokens):
            raise Unreadable
        return found

    def _next(self, *signs: str) -> str | None:
        """Takes the next token where it is one of these signs or words."""
        if self._at >= len(self._tokens):
            return None
        kind, word = self._tokens[self._at]
        if kind == "text" or word not in signs:
            return None
        self._at += 1
        return word

    def _expect(self, sign: str) -> None:
        if self._next(sign) is None:
            raise Unreadable

    def _choice(self) -> Read:
        self._depth += 1
        if self._depth > _DEPTH:
            raise Unreadable
        yes = self._compared()
        if self._next("if"):
            condition = self._compared()
            self._expect("else")
            no = self._choice()
            yes = _choose(condition, yes, no)
        self._depth -= 1
        return yes

    def _compared(self) -> Read:
        left = self._sum()
        if self._next("is"):
            self._expect("defined")
            return left if self._at >= len(self._tokens) else _is_defined(left)
        sign = self._next(*_COMPARE)
        return left if sign is None else _compare(_COMPARE[sign], left, self._sum())

    def _sum(self) -> Read:
        found = self._product()
        while sign := self._next("+", "-"):
            found = _calculate(_ARITHMETIC[sign], found, self._product())
        return found

    def _product(self) -> Read:
        found = self._signed()
        while sign := self._next("*", "/", "//", "%"):
            found = _calculate(_ARITHMETIC[sign], found, self._signed())
        return found

    def _signed(self) -> Read:
        if self._next("-"):
            return _calculate(operator.sub, lambda _: 0, self._filtered())
        self._next("+")
        return self._filtered()

    def _filtered(self) -> Read:
        found = self._atom()
        while self._next("|"):
            kind, name = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
            known = _FILTERS.get(name)
            if kind != "name" or known is None:
                raise Unreadable
            self._at += 1
            found = _apply(known, found, self._arguments())
        return found

    def _arguments(self) -> list[Read]:
        found: list[Read] = []
        if not self._next("("):
            return found
        while not self._next(")"):
            if len(found) > 3:
                raise Unreadable
            self._keyword()
            found.append(self._choice())
            self._next(",")
        return found

    def _keyword(self) -> None:
        """`float(default=0)`: by place, as it is the only one."""
        here = self._tokens[self._at : self._at + 2]
        if len(here) == 2 and here[0][0] == "name" and here[1] == ("sign", "="):
            self._at += 2

    def _atom(self) -> Read:
        if self._next("("):
            inner = self._choice()
            self._expect(")")
            return inner
        if self._at >= len(self._tokens):
            raise Unreadable
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return _constant(float(word) if "." in word else int(word[:18]))
        if kind == "text":
            return _constant(word[1:-1])
        if kind == "name" and word in _NAMES:
            return _constant(_NAMES[word])
        if kind == "name" and word in ("float", "int") and self._next("("):
            inner = self._choice()
            while self._next(","):
                self._choice()
            self._expect(")")
            return _apply(_FILTERS[word], inner, [])
        if kind != "name" or word not in ("value", "value_json"):
            raise Unreadable
        return _path(1 if word == "value_json" else 0, self._steps())

    def _steps(self) -> list[str | int]:
        steps: list[str | int] = []
        while sign := self._next(".", "["):
            if self._at >= len(self._tokens):
                raise Unreadable
            kind, word = self._tokens[self._at]
            self._at += 1
            if sign == ".":
                if kind != "name":
                    raise Unreadable
                steps.append(word)
                continue
            if kind == "text":
                steps.append(word[1:-1])
            elif kind == "number" and word.isdigit():
                steps.append(int(word[:6]))
            else:
                raise Unreadable
            self._expect("]")
        return steps


def _constant(value: object) -> Read:
    return lambda _: value


def _path(which: int, steps: list[str | int]) -> Read:
    def read(scope: Scope) -> Any:
        found: Any = scope[which]
        for step in steps:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step, MISSING)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return MISSING
        return found

    return read


def _number(value: object) -> float:
    if isinstance(value, Missing) or value is None:
        raise Unreadable
    try:
        return float(value)  # type: ignore[arg-type] # whatever is no number raises
    except (TypeError, ValueError, OverflowError):
        raise Unreadable from None


def _calculate(how: Callable[[float, float], float], left: Read, right: Read) -> Read:
    def read(scope: Scope) -> Any:
        one, two = left(scope), right(scope)
        if isinstance(one, Missing) or isinstance(two, Missing):
            return MISSING
        if one is None or two is None:
            return None
        try:
            return how(_number(one), _number(two))
        except (ZeroDivisionError, OverflowError):
            raise Unreadable from None

    return read


def _compare(how: Callable[[Any, Any], bool], left: Read, right: Read) -> Read:
    def read(scope: Scope) -> Any:
        one, two = left(scope), right(scope)
        if isinstance(one, Missing) or isinstance(two, Missing):
            return MISSING
        try:
            return how(one, two)
        except TypeError:
            raise Unreadable from None

    return read


def _is_defined(value: Read) -> Read:
    """Whatever would be said instead is made up: without the value there is none."""
    return lambda scope: MISSING if isinstance(value(scope), Missing) else True


def _choose(condition: Read, yes: Read, no: Read) -> Read:
    def read(scope: Scope) -> Any:
        said = condition(scope)
        if isinstance(said, Missing):
            return MISSING
        return yes(scope) if said else no(scope)

    return read


def _apply(how: Callable[[Any, list[Any]], Any], value: Read, arguments: list[Read]) -> Read:
    return lambda scope: how(value(scope), [each(scope) for each in arguments])


def _round(value: Any, arguments: list[Any]) -> Any:
    if value is None or isinstance(value, Missing):
        return value
    digits = arguments[0] if arguments and isinstance(arguments[0], int) else 0
    return round(_number(value), max(-9, min(digits, 12)))


def _to_number(value: Any, _: list[Any]) -> Any:
    """What is no number stays what it is, so that it is counted as such; a default would be made up."""
    if value is None or isinstance(value, Missing):
        return value
    try:
        return _number(value)
    except Unreadable:
        return value


def _multiply(value: Any, arguments: list[Any]) -> Any:
    if value is None or isinstance(value, Missing) or not arguments:
        return value
    return _number(value) * _number(arguments[0])


def _default(value: Any, arguments: list[Any]) -> Any:
    """A default is made up, not measured."""
    return value


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_FILTERS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "float": _to_number,
    "int": _to_number,
    "round": _round,
    "multiply": _multiply,
    "default": _default,
    "d": _default,
    "is_defined": _default,
    "trim": lambda value, _: value.strip() if isinstance(value, str) else value,
    "lower": lambda value, _: value.lower() if isinstance(value, str) else value,
    "upper": lambda value, _: value.upper() if isinstance(value, str) else value,
    "string": lambda value, _: value,
    "abs": lambda value, _: abs(_number(value)) if isinstance(value, int | float) else value,
}
