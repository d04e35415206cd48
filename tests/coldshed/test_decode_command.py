"""`coldshed decode`: what it shows, and with which code it leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RULE = (
    'name = "mine"\ntopics = ["mine/{device}"]\n[[values]]\npath = "a"\nmetric = "temperature"\nscale = 0.1\n'
)


def decode(folder: Path, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    environment = os.environ | {"COLDSHED_DATA_DIR": str(folder), "COLDSHED_LANG": "en", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "coldshed", "decode", *arguments],
        input=stdin, capture_output=True, env=environment, timeout=60, check=False, cwd=folder,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_it_says_who_reads_a_message_and_what_was_refused(tmp_path: Path) -> None:
    message = tmp_path / "message.json"
    message.write_text('{"sn": "A1", "温度": 3.4, "湿度": "ERR", "time": "2026-03-12 07:15:32"}', "utf-8")
    code, shown, _ = decode(tmp_path, "dtu/1/up", "message.json")
    assert code == 0
    for part in ("DTU", "A1", "temperature", "3.4", "2026-03-12 07:15:32+08:00", "humidity", "error code"):
        assert part in shown


def test_a_message_without_a_reading_leaves_with_one(tmp_path: Path) -> None:
    code, shown, _ = decode(tmp_path, "dtu/1/up", "--hex", "01 03 04 01 72 FF 4E 9A 10")
    assert code == 1
    assert "register map" in shown
    assert decode(tmp_path, "tele/x/SENSOR", stdin=b"{}")[0] == 1


def test_a_rule_is_tried_and_a_rule_of_the_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(RULE, "utf-8")
    code, shown, _ = decode(tmp_path, "mine/box7", "--rule", "my.toml", stdin=b'{"a": 34}')
    assert (code, "box7" in shown, "3.4" in shown) == (0, True, True)
    assert decode(tmp_path, "mine/box7", "--recipe", "my.toml", stdin=b'{"a": 34}')[0] == 0, "the early name"
    assert decode(tmp_path, "mine/box7", stdin=b'{"a": 34}')[0] == 1
    (tmp_path / "rules").mkdir()
    (tmp_path / "my.toml").rename(tmp_path / "rules/my.toml")
    (tmp_path / "rules/bad.toml").write_text("name = 3", "utf-8")
    code, shown, wrong = decode(tmp_path, "mine/box7", stdin=b'{"a": 34}')
    assert (code, "mine" in shown) == (0, True)
    assert "bad.toml" in wrong


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["a/b", "--rule", "bad.toml"], "topics"), (["a/b", "nothing.json"], "cannot be read"),
     (["a/b", "--hex", "zz"], "hexadecimal"), (["a/b", "--rule", "nothing.toml"], "cannot be read")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence_and_leaves_with_two(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "bad.toml").write_text('name = "a"', "utf-8")
    code, _, wrong = decode(tmp_path, *arguments)
    assert code == 2
    assert sentence in wrong
    assert "Traceback" not in wrong
