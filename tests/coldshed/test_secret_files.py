"""What the services share."""

import threading
from pathlib import Path

from coldshed.addresses import PHONES_SECRET, secret
from coldshed.settings import Settings


def test_whoever_comes_first_all_have_the_same_whole_secret(tmp_path: Path) -> None:
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        together, got = threading.Barrier(4), list[str]()

        def ask(settings: Settings, together: threading.Barrier, got: list[str]) -> None:
            together.wait()
            got.append(secret(settings))

        asked = (Settings(data_dir=folder), together, got)
        asking = [threading.Thread(target=ask, args=asked) for _ in range(4)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert len(set(got)) == 1
        assert len(got[0]) > 40
        assert [file.name for file in folder.iterdir()] == [PHONES_SECRET]
        assert (folder / PHONES_SECRET).stat().st_mode & 0o077 == 0
