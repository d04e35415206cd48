"""Paths to values in a message body: `data.temp1`, `dataItem[*].registerItem[*].value`, `[2]`.

A step is a key, an index, `*` (every value of the next level) or `**` (every value below). A key with
characters of the path syntax is quoted: `["a.b"]`. `data|value` is the first of the two that is present.
Why not JMESPath or JSONPath: docs/decisions/0018-value-paths.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from core.errors import Refused

LONGEST = 200
STEPS = 12
WIDE = 3
DEPTH = 8
MATCHES_AT_MOST = 2_000
VISITS_AT_MOST = 20_000
"""Maximum values visited for one path; bounds the cost of a malicious message."""
EVERY, BELOW = "*", "**"

Step = int | tuple[str, ...]
Path = tuple[Step, ...]
_STEP = re.compile(r'\[(\d{1,4}|\*)\]|\["([^"\]]{1,100})"\]|\.?([^.\[\]"]{1,100})')


class PathMatch(NamedTuple):
    """A value, the keys and indexes leading to it, and its containers from the whole body inwards."""

    value: object
    steps: tuple[str | int, ...] = ()
    inside: tuple[object, ...] = ()

    @property
    def key(self) -> str:
        return next((step for step in reversed(self.steps) if isinstance(step, str)), "")

    @property
    def place(self) -> str:
        """Its position in lists, counted from 1: `2` or `1.3`."""
        return ".".join(str(step + 1) for step in self.steps if isinstance(step, int))

    def into(self, step: str | int, value: object) -> "PathMatch":
        return PathMatch(value, (*self.steps, step), (*self.inside, self.value))


def parse(text: str) -> Path:
    """Refused (bad_path) if the path is invalid or too long."""
    rest = text.strip().removeprefix("$").removeprefix(".")
    steps: list[Step] = []
    while rest and len(text) <= LONGEST:
        match = _STEP.match(rest)
        if match is None or not match.group():
            raise Refused(
                "bad_path", "“%(path)s”里的位置写不对,像data.temp或list[0].temp这样写", path=text[:60]
            )
        index, quoted, plain = match.groups()
        if quoted is not None:
            steps.append((quoted,))
        elif plain is not None:
            steps.append(tuple(part.strip() for part in plain.split("|") if part.strip()) or (plain,))
        else:
            steps.append((EVERY,) if index == EVERY else int(index))
        rest = rest[match.end() :]
    wide = sum(step in ((EVERY,), (BELOW,)) for step in steps)
    if not steps or rest or len(steps) > STEPS or wide > WIDE or (BELOW,) in steps[:-1]:
        raise Refused("bad_path", "“%(path)s”里的位置太长或者太乱,请写得简单些", path=text[:60])
    return tuple(steps)


def format_path(keys: Sequence[str | int]) -> str:
    """The path of one value, in the syntax of `parse`."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif re.fullmatch(r'[^.\[\]"|*$\s]+', key) and not key.isdigit():
            text += f".{key}" if text else key
        else:
            text += f'["{key}"]'
    return text


def nearest(path: Path, inside: Sequence[object]) -> object:
    """The value at `path` in the innermost of the containers `inside` that has it; None if none has."""
    for holder in reversed(inside):
        value: object = holder
        for step in path:
            value = _value_at(value, step)
            if value is None:
                break
        if value is not None and value is not holder:
            return value
    return None


def _value_at(holder: object, step: Step) -> object:
    if isinstance(step, int):
        return holder[step] if isinstance(holder, list) and step < len(holder) else None
    if isinstance(holder, Mapping):
        return next((holder[key] for key in step if holder.get(key) is not None), None)
    if isinstance(holder, list) and step[0].isdigit():
        return _value_at(holder, int(step[0]))
    return None


def find_all(path: Path, body: object) -> Iterator[PathMatch]:
    """Every value at the path, at most `MATCHES_AT_MOST`."""
    yield from islice(_find_all(path, PathMatch(body), [VISITS_AT_MOST]), MATCHES_AT_MOST)


def _find_all(path: Path, match: PathMatch, budget: list[int]) -> Iterator[PathMatch]:
    for number, step in enumerate(path):
        budget[0] -= 1
        if budget[0] < 0:
            return
        if step == (BELOW,):
            yield from _below(match, budget, DEPTH)
            return
        if step == (EVERY,):
            for child in _children(match):
                yield from _find_all(path[number + 1 :], child, budget)
            return
        inner = _child(match, step)
        if inner is None:
            return
        match = inner
    yield match


def _child(match: PathMatch, step: Step) -> PathMatch | None:
    holder = match.value
    if isinstance(holder, list):
        index = step if isinstance(step, int) else int(step[0]) if step[0].isdigit() else -1
        return match.into(index, holder[index]) if 0 <= index < len(holder) else None
    if isinstance(step, int) or not isinstance(holder, Mapping):
        return None
    present = [key for key in step if key in holder]
    key = next((key for key in present if holder[key] is not None), present[0] if present else None)
    return None if key is None else match.into(key, holder[key])


def _children(match: PathMatch) -> Iterator[PathMatch]:
    if isinstance(match.value, Mapping):
        for key, value in match.value.items():
            yield match.into(str(key), value)
    elif isinstance(match.value, list):
        for index, value in enumerate(match.value):
            yield match.into(index, value)


def _below(match: PathMatch, budget: list[int], depth: int) -> Iterator[PathMatch]:
    """Every value below that is no object or array."""
    for child in _children(match):
        budget[0] -= 1
        if budget[0] < 0:
            return
        if not isinstance(child.value, Mapping | list):
            yield child
        elif depth:
            yield from _below(child, budget, depth - 1)
