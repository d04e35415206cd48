"""What a paper is before it becomes a file."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Paper:
    """`frame` has its headings in the reader's language; `decimals` says per heading how many places are
    shown, `totals` which headings are summed on a last line. `name` is the file's, without its ending."""

    name: str
    title: str
    notes: tuple[str, ...]
    frame: pd.DataFrame
    decimals: dict[str, int]
    totals: tuple[str, ...] = ()
