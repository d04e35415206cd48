"""The stylesheet has the subjects' files in the order of the layers; addresses follow the content."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from web.base import assets
from web.base.assets import LAYERS, STATIC, StaticAssets, static, style_files, stylesheet


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.mount("/static", StaticAssets(directory=STATIC))
    return TestClient(app)


def test_a_later_layer_never_stands_before_an_earlier_one() -> None:
    layers = [LAYERS.index(file.name.split(".")[1]) for file in style_files()]
    assert layers == sorted(layers)
    assert set(layers) == set(range(len(LAYERS)))


def test_what_all_pages_share_stands_before_a_subject_in_each_layer() -> None:
    for layer in LAYERS:
        subjects = [file.parent.parent.name for file in style_files() if file.name.endswith(f".{layer}.css")]
        shared = [subject == "base" for subject in subjects]
        assert shared == sorted(shared, reverse=True), layer


def test_a_file_of_an_unknown_layer_is_not_left_out_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rooms/styles").mkdir(parents=True)
    (tmp_path / "rooms/styles/room.colourful.css").write_text("a{}")
    monkeypatch.setattr(assets, "WEB", tmp_path)
    with pytest.raises(ValueError, match="colourful"):
        style_files()


@pytest.mark.parametrize(("words", "layer"), [("@media print", "print"), ("min-width: 1600px", "wall")])
def test_no_page_rule_stands_after_the_rules_of_paper_and_wall(words: str, layer: str) -> None:
    """A rule for all media behind them would win over them."""
    assert [
        file.name for file in style_files() if words in file.read_text() and f".{layer}." not in file.name
    ] == []


def test_every_style_file_is_whole() -> None:
    for file in style_files():
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.S)
        assert text.count("{") == text.count("}"), file.name


def test_the_address_follows_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    before = static("coldshed.css")
    static.cache_clear()
    monkeypatch.setattr(assets, "stylesheet", lambda: b"a{}")
    try:
        assert static("coldshed.css") != before
    finally:
        static.cache_clear()


def test_only_an_address_with_a_checksum_is_kept_for_ever(client: TestClient) -> None:
    kept = client.get(static("coldshed.css"))
    assert kept.content == stylesheet()
    assert kept.headers["content-type"].startswith("text/css")
    assert "immutable" in kept.headers["cache-control"]
    assert "immutable" not in client.get("/static/coldshed.css").headers.get("cache-control", "")
    assert "immutable" in client.get(static("icon.svg")).headers["cache-control"]


def test_a_file_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/static/nothing.css").status_code == 404
