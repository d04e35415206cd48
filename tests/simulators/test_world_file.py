import json
from pathlib import Path

import pytest

from simulators.world_file import FILE, SavedWorld, load, save

WORLD = SavedWorld(1, "now", 0.0, 100.0, {"seconds": 40.0, "states": {"1号库": [1.5]}})


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    save(tmp_path, WORLD)
    assert load(tmp_path) == WORLD
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(("seconds", "is_done"), [(99.9, False), (100.0, True), (200.0, True)])
def test_the_past_is_done_when_the_world_has_come_to_its_end(seconds: float, is_done: bool) -> None:
    world = SavedWorld(1, "now", 0.0, 100.0, {"seconds": seconds, "states": {}})
    assert (world.at, world.past_done) == (seconds, is_done)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"world": {}}',
        '{"seed": 1, "world": {"states": {}}}',
        '{"seed": 1, "weather": "now", "start": 0, "until": 1, "world": {"states": []}}',
        json.dumps(
            {"seed": 1, "weather": "now", "start": 0, "until": 1, "world": {"states": {}}, "of_later": 1}
        ),
    ],
)
def test_a_file_of_another_version_is_no_world_and_no_error(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert load(tmp_path) is None


def test_a_save_that_fails_leaves_the_old_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, WORLD)

    def fail(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path, SavedWorld(2, "now", 0.0, 1.0, {"seconds": 0.0, "states": {}}))
    assert load(tmp_path) == WORLD
