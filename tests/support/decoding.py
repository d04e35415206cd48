"""What every decoded report must be, and JSON as a broken device sends it."""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import ParamSpec
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from core.errors import DecodeError
from core.metrics import METRICS
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.reasons import REASONS

P = ParamSpec("P")
NOW = 1_773_271_000_000
"""ms; 2026-03-11 in Fenyang."""


def decode_context(memory: FamilyMemory | None = None, *, retained: bool = False) -> DecodeContext:
    return DecodeContext(ZoneInfo("Asia/Shanghai"), NOW, retained, memory or FamilyMemory())


def odd_json(keys: Sequence[str], texts: Sequence[str] = ()) -> SearchStrategy[object]:
    """Any JSON value whose keys are often those that the decoder looks for."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=6),
        st.sampled_from(["", "nan", "1e999", "-3.5", "\0", "9" * 400, *texts]),
        st.sampled_from([10**400, -(2**63), 10**25]),
    )
    names = st.one_of(st.sampled_from(keys), st.text(max_size=6))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=5)),
        max_leaves=6,
    )


def odd_objects(keys: Sequence[str], texts: Sequence[str] = ()) -> SearchStrategy[dict[str, object]]:
    """JSON objects with at least a key that the decoder looks for."""
    return st.dictionaries(st.sampled_from(keys), odd_json(keys, texts), min_size=1, max_size=6)


def sound_reports(
    decode: Callable[P, Iterable[DecodedReport]], *message: P.args, **more: P.kwargs
) -> list[DecodedReport]:
    """The reports, each checked; none if the message is rejected with a word that people have a sentence
    for. Any other exception stops the listener."""
    reason, reports = "null", list[DecodedReport]()
    try:
        reports = list(decode(*message, **more))
    except DecodeError as error:
        reason = error.reason
    assert reason in REASONS
    for report in reports:
        _check(report)
    return reports


def _check(report: DecodedReport) -> None:
    assert report.device
    assert report.undecoded == "" or report.undecoded in REASONS
    probes = [(value.position, value.metric, value.at) for value in report.values]
    assert len(probes) == len(set(probes)), "a value twice"
    for value in report.values:
        assert value.metric in METRICS
        assert type(value.value) is float
        assert isfinite(value.value)
        assert value.at is None or 0 <= value.at < 1 << 63
    for invalid in report.invalid:
        assert invalid.metric in METRICS
        assert invalid.reason in REASONS
