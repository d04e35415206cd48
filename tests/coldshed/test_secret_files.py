"""Secrets of our own in files."""

import threading
from pathlib import Path

from coldshed.secret_files import secret_file


def test_whoever_comes_first_all_have_the_same_whole_secret(tmp_path: Path) -> None:
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        together, got = threading.Barrier(4), list[str]()

        def ask(file: Path, together: threading.Barrier, got: list[str]) -> None:
            together.wait()
            got.append(secret_file(file))

        arguments = (folder / "phones.secret", together, got)
        threads = [threading.Thread(target=ask, args=arguments) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(got)) == 1
        assert len(got[0]) > 40
        assert [file.name for file in folder.iterdir()] == ["phones.secret"]
        assert (folder / "phones.secret").stat().st_mode & 0o077 == 0
