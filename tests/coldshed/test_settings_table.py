import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from coldshed.settings_table import columns

cells = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), max_size=8)
rows = st.integers(2, 4).flatmap(
    lambda size: st.lists(
        st.tuples(*[cells] * (size - 1), cells.map(lambda text: f"|{text}")), min_size=1, max_size=5
    )
)


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


@given(rows)
def test_the_last_column_begins_at_the_same_place_in_every_line(table: list[tuple[str, ...]]) -> None:
    lines = columns(table).split("\n")
    assert len(lines) == len(table)
    assert len({width(line[: line.index("|")]) for line in lines}) == 1
    assert [line[line.index("|") :] for line in lines] == [row[-1] for row in table]


def test_chinese_takes_two_columns_of_a_terminal() -> None:
    assert columns([("库", "a"), ("abc", "b")]) == "库   a\nabc  b"
