import json
from pathlib import Path

import pytest

from web import build_hook


def test_the_lock_names_no_address() -> None:
    assert "http" not in (build_hook.HERE / "package-lock.json").read_text()


def test_every_package_is_pinned_by_its_checksum_and_used() -> None:
    wanted = json.loads((build_hook.HERE / "package.json").read_text())["dependencies"]
    locked = json.loads((build_hook.HERE / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")
    assert {source.split("/")[0] for source in build_hook.FILES.values()} == set(wanted)


def test_it_fetches_nothing_where_all_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in build_hook.FILES:
        (tmp_path / name).write_text("x")
    (tmp_path / build_hook.STAMP).write_text(build_hook.vendor_digest())
    assert not build_hook.fetch_vendor_files(tmp_path)
    assert "up to date" in capsys.readouterr().out


def test_a_changed_lock_or_a_missing_file_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / build_hook.STAMP).write_text(build_hook.vendor_digest())
    assert not build_hook.up_to_date(tmp_path)
    for name in build_hook.FILES:
        (tmp_path / name).write_text("x")
    assert build_hook.up_to_date(tmp_path)
    (tmp_path / build_hook.STAMP).write_text("another lock")
    assert not build_hook.up_to_date(tmp_path)


def test_htmx_can_be_read_by_a_web_view_of_before_2020() -> None:
    """`?.` and `??` came with Chromium 80; without them the script is not even parsed."""
    if not build_hook.up_to_date():
        pytest.skip("the scripts are not fetched: python web/build_hook.py")
    for name in ("htmx.js", "htmx-sse.js"):
        text = (build_hook.VENDOR / name).read_text()
        assert "?." not in text.replace("?.1", "")
        assert "??" not in text
