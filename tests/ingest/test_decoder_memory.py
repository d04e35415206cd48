"""What families remember: kept with the batch, forgotten with one that was not kept."""

import pytest

from core.errors import DecodeError
from ingest import decoder_memory
from ingest.decoder_memory import DecoderMemory, FamilyMemory


def test_what_was_put_counts_at_once() -> None:
    family = FamilyMemory()
    family.put("a", {"unit": "C"})
    assert family.get("a") == {"unit": "C"}
    assert family.changes == {"a": b'{"unit":"C"}'}


def test_a_batch_that_was_not_kept_has_taught_nothing() -> None:
    family = FamilyMemory({"a": b"1"})
    family.put("a", 2)
    family.put("b", 3)
    family.put("c", 4, lasting=False)
    family.on_rolled_back()
    assert (family.get("a"), family.get("b"), family.get("c")) == (1, None, None)
    assert family.changes == {}


def test_what_was_kept_is_there_after_a_restart() -> None:
    family = FamilyMemory({"gone": b"1"})
    family.put("a", [1, None])
    family.drop("gone")
    rows = {key: row for key, row in family.changes.items() if row is not None}
    family.on_committed()
    assert dict(family.items()) == dict(FamilyMemory(rows).items()) == {"a": [1, None]}


def test_what_does_not_last_is_not_written_down() -> None:
    family = FamilyMemory()
    family.put("seq", 7, lasting=False)
    assert family.changes == {}
    family.on_committed()
    assert family.get("seq") == 7


def test_saying_the_same_again_writes_nothing() -> None:
    family = FamilyMemory({"a": b'{"unit":"C"}'})
    family.put("a", {"unit": "C"})
    assert family.changes == {}


def test_what_was_dropped_and_put_again_in_one_batch_is_there() -> None:
    family = FamilyMemory({"a": b"1"})
    family.drop("a")
    assert family.get("a") is None
    family.put("a", 1)
    family.on_committed()
    assert family.get("a") == 1


def test_a_flood_of_keys_is_refused_and_a_known_one_still_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_memory, "KEYS_AT_MOST", 2)
    family = FamilyMemory({"a": b"1"})
    family.put("b", 1)
    with pytest.raises(DecodeError):
        family.put("c", 1)
    family.put("a", 5)
    assert family.get("a") == 5


def test_a_value_that_is_too_large_is_refused() -> None:
    with pytest.raises(DecodeError):
        FamilyMemory().put("a", "x" * decoder_memory.BYTES_AT_MOST)


def test_the_oldest_passing_values_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_memory, "PASSING_AT_MOST", 4)
    family = FamilyMemory()
    for number in range(6):
        family.put(str(number), number, lasting=False)
        family.on_committed()
    assert family.get("5") == 5
    assert family.get("0") is None


def test_families_are_told_of_by_name_once_they_changed_for_good() -> None:
    families = DecoderMemory({"homie": {"a": b"1"}})
    families.family_memory("homie").put("a", 1)
    families.family_memory("sparkplug").put("b", 2)
    assert families.changes == [("sparkplug", "b", b"2")]
    assert families.changed_families() == ["sparkplug"]
    families.on_committed()
    assert families.changed_families() == []


def test_half_a_surrogate_pair_is_refused_and_not_a_fault_of_ours() -> None:
    family = FamilyMemory()
    with pytest.raises(DecodeError):
        family.put("a", "\ud800")
    assert family.changes == {}
