"""Paths of rules: what they reach, what they refuse, and what a hostile message may cost."""

from typing import Any

import pytest

from core.decoding.value_paths import (
    MATCHES_AT_MOST,
    VISITS_AT_MOST,
    PathMatch,
    find_all,
    format_path,
    nearest,
    parse,
)
from core.errors import Refused

BODY: dict[str, Any] = {
    "data": {"温度": 3.4, "a.b": 5, "0": "zero", "nothing": None},
    "list": [{"v": 1}, {"v": 2, "deep": [{"v": 3}]}, "text"],
}


def values(path: str, body: object = BODY) -> list[object]:
    return [match.value for match in find_all(parse(path), body)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data.温度", [3.4]),
        ("$.data.温度", [3.4]),
        ('data["a.b"]', [5]),
        ("list[1].v", [2]),
        ("list.1.v", [2]),
        ("list[*].v", [1, 2]),
        ("data.missing|温度", [3.4]),
        ("data.nothing|温度", [3.4]),
        ("data.nothing", [None]),
        ("list[0].**", [1]),
        ("data.**", [3.4, 5, "zero", None]),
    ],
)
def test_a_path_reaches_its_values(path: str, expected: list[object]) -> None:
    assert values(path) == expected


@pytest.mark.parametrize("path", ["nowhere", "list[9]", "data[0]", "list.v", "data.温度.more", "list[2].v"])
def test_a_path_that_leads_nowhere_finds_nothing(path: str) -> None:
    assert values(path) == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        "$",
        "a..b",
        "a[",
        "a[-1]",
        "a[99999]",
        '["a',
        "**.a",
        "a.*.*.*.*",
        ".".join("a" * 13),
        "a" * 201,
    ],
)
def test_a_path_that_cannot_work_is_refused(path: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(path)
    assert refused.value.reason == "bad_path"


def test_a_match_says_where_it_stands() -> None:
    (match,) = find_all(parse("list[1].deep[*].v"), BODY)
    assert (match.key, match.place, match.steps) == ("v", "2.1", ("list", 1, "deep", 0, "v"))
    assert match.inside[-1] == {"v": 3}
    assert PathMatch(BODY).key == ""


def test_the_written_path_leads_back_to_the_same_value() -> None:
    for match in find_all(parse("**"), BODY):
        assert [again.value for again in find_all(parse(format_path(match.steps)), BODY)] == [match.value]


def test_the_nearest_holder_wins() -> None:
    outer, inner = {"ts": 1, "dev": "a"}, {"ts": 2, "empty": None}
    assert nearest(parse("ts"), (outer, inner)) == 2
    assert nearest(parse("dev"), (outer, inner)) == "a"
    assert nearest(parse("empty|dev"), (outer, inner)) == "a"
    assert nearest(parse("none"), (outer, inner)) is None


def test_a_long_list_gives_no_more_than_the_limit() -> None:
    assert len(values("[*]", list(range(MATCHES_AT_MOST + 5)))) == MATCHES_AT_MOST


def test_a_wide_message_is_given_up_after_so_many_looks() -> None:
    looks = 0

    class Counted(dict[str, object]):
        def __contains__(self, key: object) -> bool:
            nonlocal looks
            looks += 1
            return False

    body = [[[Counted() for _ in range(100)] for _ in range(100)] for _ in range(100)]
    assert values("[*][*][*].v", body) == []
    assert looks <= VISITS_AT_MOST


def test_what_lies_too_deep_is_not_looked_for() -> None:
    body: object = 1
    for _ in range(50):
        body = {"a": body}
    assert values("**", body) == []
