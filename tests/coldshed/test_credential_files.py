"""The two files that a broker reads: written whole, read back as they are, for no eyes but its own."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldshed.broker_credentials import ACL, PASSWORDS, BrokerLogin, read, write_file
from coldshed.broker_credentials import _texts as texts
from coldshed.settings import Settings
from core.devices.topic_rights import TopicRight

signs = "abcXYZ09-_.@库"
names = st.text(signs, min_size=1, max_size=12)
rights = st.lists(
    st.builds(
        TopicRight,
        st.sampled_from(["read", "write", "readwrite"]),
        st.text(f"{signs}/+# ", min_size=1, max_size=20),
    ),
    max_size=4,
).map(tuple)
logins = st.lists(
    st.builds(BrokerLogin, names, st.text("$7abc/+=", min_size=1, max_size=40), rights),
    max_size=5,
    unique_by=lambda login: login.name,
)


@given(logins)
def test_logins_and_their_rights_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, entries: list[BrokerLogin]
) -> None:
    place = tmp_path_factory.mktemp("broker")
    for name, text in texts(place, entries).items():
        write_file(place / name, text)
    assert read(place) == entries


@pytest.mark.parametrize("missing", [ACL, PASSWORDS])
def test_one_file_alone_is_no_list_of_logins(tmp_path: Path, missing: str) -> None:
    for name in {ACL, PASSWORDS} - {missing}:
        (tmp_path / name).write_text("")
    assert read(tmp_path) is None


def test_a_line_that_is_damaged_is_no_login(tmp_path: Path) -> None:
    (tmp_path / PASSWORDS).write_text("a:hash\nbroken\n\n")
    (tmp_path / ACL).write_text("user a\ntopic read x/#\nnonsense\n")
    assert read(tmp_path) == [BrokerLogin("a", "hash", (TopicRight("read", "x/#"),))]


def test_only_a_changed_file_is_new(tmp_path: Path) -> None:
    file = tmp_path / "acl"
    assert write_file(file, "a")
    assert not write_file(file, "a")
    assert write_file(file, "b")
    assert file.read_text() == "b"


def test_a_file_that_somebody_damaged_is_written_again(tmp_path: Path) -> None:
    file = tmp_path / "acl"
    file.write_bytes(b"\xff\xfe")
    assert write_file(file, "a")


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o700, 0o600), (0o2750, 0o640)])
def test_nobody_else_reads_it_unless_the_folder_is_shared_with_a_group(
    tmp_path: Path, folder_mode: int, file_mode: int
) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    folder.chmod(folder_mode)
    old_mask = os.umask(0)
    try:
        write_file(folder / "passwords", "secret")
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE((folder / "passwords").stat().st_mode) == file_mode


def test_a_crash_while_writing_leaves_the_old_file_and_stops_nobody_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "acl"
    write_file(file, "old")

    def crash(_handle: int) -> Any:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="Input/output"):
            write_file(file, "new")
    assert file.read_text() == "old"
    assert write_file(file, "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["acl"]


def test_the_services_password_is_drawn_once(tmp_path: Path) -> None:
    from coldshed.broker_credentials import SERVICE_NAME, SIMULATOR_NAME, password_of

    settings = Settings(data_dir=tmp_path)
    assert password_of(settings, SERVICE_NAME) == password_of(settings, SERVICE_NAME)
    assert password_of(settings, SERVICE_NAME) != password_of(settings, SIMULATOR_NAME)
