"""Rules as TOML files: what an installer may have written, and that a downloaded rule is the same again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding.rules import BYTES_AT_MOST, Rule, ValueSource, check
from core.errors import Refused
from ingest.rules.files import from_file, from_toml, shipped, to_toml

GOOD = 'name = "a"\ntopics = ["a/{device}"]\n[[values]]\npath = "t"\nmetric = "temperature"\n'


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_rule_is_the_same_after_a_download(name: str) -> None:
    assert from_toml(to_toml(shipped()[name])) == shipped()[name]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
keys = st.text("abcXYZ_-温度. \"'", min_size=1, max_size=8).filter(lambda key: key.strip(". ") == key)


@given(
    st.builds(
        ValueSource,
        path=st.just("list[*].v"),
        position=words.filter(lambda text: "{" not in text),
        scale=st.floats(allow_nan=False, allow_infinity=False),
        when=st.dictionaries(
            st.sampled_from(["kind", "a.b", "类型"]), st.lists(words, min_size=1, max_size=3), max_size=2
        ),
        invalid=st.lists(st.one_of(words, st.floats(allow_nan=False, allow_infinity=False)), max_size=3),
    ),
    words,
)
def test_any_text_and_number_survives_the_way_through_a_file(source: ValueSource, note: str) -> None:
    rule = Rule(name="a", topics=["a/{device}"], values=[source], note=note)
    try:
        check(rule)
    except Refused:
        return
    assert from_toml(to_toml(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name = ", id="no TOML"),
        pytest.param("a = " + "[" * 5_000, id="nested without end"),
        pytest.param(GOOD + 'colour = "red"\n', id="a field that is none"),
        pytest.param(GOOD.replace('"temperature"', '"warmth"'), id="a metric that is none"),
        pytest.param("#" * (BYTES_AT_MOST + 1), id="too long"),
        pytest.param("#" + "库" * (BYTES_AT_MOST // 3), id="too long in bytes"),
    ],
)
def test_a_file_that_is_no_rule_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refused) as refused:
        from_toml(text)
    assert refused.value.reason in ("bad_rule", "bad_path")


def test_a_file_of_windows_with_its_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert from_file(path) == from_toml(GOOD)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"#" * (BYTES_AT_MOST + 1)])
def test_a_file_that_is_no_text_or_too_long_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(Refused):
        from_file(path)


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_is_away_is_refused_and_stops_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.toml"
    if kind == "folder":
        path.mkdir()
    with pytest.raises(Refused):
        from_file(path)


def test_usual_values_are_not_written() -> None:
    text = to_toml(from_toml(GOOD))
    assert "decimals" not in text
    assert "encoding" not in text
