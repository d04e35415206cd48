"""A paper before it is encoded as a file."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Paper:
    """`frame` has its headings in the reader's language; `decimals`: decimal places by heading; `totals`:
    headings that are summed in a last line; `name`: the file's name without its extension."""

    name: str
    title: str
    notes: tuple[str, ...]
    frame: pd.DataFrame
    decimals: dict[str, int]
    totals: tuple[str, ...] = ()
