"""Where a value stands in the body of a message: `data.temp1`, `dataItem[*].registerItem[*].value`, `[2]`.

A step is a key, an index, `*` (every one of the next level) or `**` (everything below). A key with signs
of the path in it is quoted: `["a.b"]`. `data|value` is the first of the two that is there.
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
HITS = 2_000
LOOKED_AT = 20_000
EVERY, BELOW = "*", "**"

Step = int | tuple[str, ...]
Path = tuple[Step, ...]
_STEP = re.compile(r'\[(\d{1,4}|\*)\]|\["([^"\]]{1,100})"\]|\.?([^.\[\]"]{1,100})')


class PathMatch(NamedTuple):
    """A value, the keys and indexes that lead to it, and what it stands in, from the whole body inwards."""

    value: object
    steps: tuple[str | int, ...] = ()
    inside: tuple[object, ...] = ()

    @property
    def key(self) -> str:
        return next((step for step in reversed(self.steps) if isinstance(step, str)), "")

    @property
    def place(self) -> str:
        """Where in its lists it stands, counted from 1: `2` or `1.3`."""
        return ".".join(str(step + 1) for step in self.steps if isinstance(step, int))

    def into(self, step: str | int, value: object) -> "PathMatch":
        return PathMatch(value, (*self.steps, step), (*self.inside, self.value))


def parse(text: str) -> Path:
    """Refused (bad_path) where it is none, or too long."""
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


def written(keys: Sequence[str | int]) -> str:
    """The path of one value, as `parse` reads it."""
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
    """What stands at `path` in the innermost of `inside` that has it; `None` where none has."""
    for holder in reversed(inside):
        found: object = holder
        for step in path:
            found = _one(found, step)
            if found is None:
                break
        if found is not None and found is not holder:
            return found
    return None


def _one(found: object, step: Step) -> object:
    if isinstance(step, int):
        return found[step] if isinstance(found, list) and step < len(found) else None
    if isinstance(found, Mapping):
        return next((found[key] for key in step if found.get(key) is not None), None)
    if isinstance(found, list) and step[0].isdigit():
        return _one(found, int(step[0]))
    return None


def hits(path: Path, body: object) -> Iterator[PathMatch]:
    """Every value at the path, at most `HITS` of them."""
    budget = [LOOKED_AT]
    yield from islice(_hits(path, PathMatch(body), budget), HITS)


def _hits(path: Path, at: PathMatch, budget: list[int]) -> Iterator[PathMatch]:
    budget[0] -= 1
    if budget[0] < 0:
        return
    if not path:
        yield at
        return
    step, rest = path[0], path[1:]
    if step == (BELOW,):
        yield from _below(at, budget, DEPTH)
    elif step == (EVERY,):
        for each in _inside(at):
            yield from _hits(rest, each, budget)
    elif isinstance(step, int) or isinstance(at.value, list):
        number = step if isinstance(step, int) else int(step[0]) if step[0].isdigit() else -1
        if isinstance(at.value, list) and 0 <= number < len(at.value):
            yield from _hits(rest, at.into(number, at.value[number]), budget)
    elif isinstance(at.value, Mapping):
        present = [key for key in step if key in at.value]
        key = next((each for each in present if at.value[each] is not None), present[0] if present else None)
        if key is not None:
            yield from _hits(rest, at.into(key, at.value[key]), budget)


def _inside(at: PathMatch) -> Iterator[PathMatch]:
    if isinstance(at.value, Mapping):
        for key, value in at.value.items():
            yield at.into(str(key), value)
    elif isinstance(at.value, list):
        for number, value in enumerate(at.value):
            yield at.into(number, value)


def _below(at: PathMatch, budget: list[int], depth: int) -> Iterator[PathMatch]:
    """Every value that holds no others."""
    for each in _inside(at):
        budget[0] -= 1
        if budget[0] < 0:
            return
        if not isinstance(each.value, Mapping | list):
            yield each
        elif depth:
            yield from _below(each, budget, depth - 1)
