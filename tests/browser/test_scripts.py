"""The pages' own scripts, each alone in a real Chromium, before a server that the test plays."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route

from web.base.assets import STATIC

ORIGIN = "http://scripts.test"
NOW = 1_768_331_986_000
TEXTS = {
    "now": "刚刚",
    "minutes": "%(n)s分钟前",
    "hours": "%(n)s小时前",
    "days": "%(n)s天前",
    "cut": "%(at)s以后没有新数",
    "busy": "正在写…",
}
FORM = """<form data-keep="read-1" method="post" action="/read">
<input name="value"><input name="key" value="once"><input name="waited" type="hidden" value="0">
<p data-role="offline" hidden>没网</p><button>写下</button></form>"""

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """`open_page(body, "live.js", ...)`: a page with that body and those scripts, its clock at `NOW`."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.clock.install(time=NOW / 1000)

    def open_page(body: str, *scripts: str, server: Callable[[Route], None] | None = None) -> Page:
        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(ORIGIN)
            if path.startswith("/static/"):
                route.fulfill(path=STATIC / path.removeprefix("/static/"), content_type="text/javascript")
            elif path == "/page":
                route.fulfill(body=_document(body, scripts), content_type="text/html; charset=utf-8")
            elif server is not None:
                server(route)
            else:
                route.fulfill(status=404)

        context.route("**/*", answer)
        page.goto(f"{ORIGIN}/page")
        return page

    yield open_page
    context.close()


def _document(body: str, scripts: tuple[str, ...]) -> str:
    tags = "".join(f'<script src="/static/{name}" defer></script>' for name in ("dom.js", *scripts))
    texts = json.dumps(TEXTS, ensure_ascii=False).replace('"', "&quot;")
    return (
        '<!doctype html><html lang="zh-CN" class="nojs"><title>3号库 · 库棚通</title>'
        f'<body data-now="{NOW}" data-texts="{texts}" data-federation="万宝山">{body}{tags}</body></html>'
    )


# --- live.js ---


def test_an_age_grows_while_the_page_stands_open(open_page: Open) -> None:
    page = open_page(f'<span data-at="{NOW - 30_000}"></span>', "live.js")
    ages = []
    for minutes in (0, 2, 60, 24 * 60):
        page.clock.run_for(minutes * 60_000)
        ages.append(page.text_content("span"))
    assert ages == ["刚刚", "2分钟前", "1小时前", "1天前"]


def test_the_clock_goes_by_the_rooms_zone_and_not_by_the_phones(open_page: Open) -> None:
    page = open_page('<b data-clock="seconds" data-zone="Europe/Berlin"></b>', "live.js")
    page.clock.run_for(1000)
    assert page.text_content("b") == "20:19:47"


def test_a_page_that_hears_nothing_says_since_when(open_page: Open) -> None:
    body = '<p id="cut" hidden></p><div id="live" data-poll="/piece"><div id="piece"></div></div>'
    page = open_page(body, "live.js", server=lambda route: route.fulfill(status=503))
    page.clock.run_for(40_000)
    assert page.is_hidden("#cut")
    page.clock.run_for(8_000)
    assert page.text_content("#cut") == "3:19以后没有新数"
    assert page.evaluate("document.documentElement.classList.contains('cut')")


def test_without_a_stream_the_piece_is_fetched(open_page: Open) -> None:
    body = '<p id="cut" hidden></p><div id="live" data-poll="/piece"><div id="piece">3.4</div></div>'
    page = open_page(body, "live.js", server=lambda route: route.fulfill(body="<b>1.2</b>"))
    page.clock.run_for(10_500)
    page.wait_for_function("document.querySelector('#piece b')")
    assert page.text_content("#piece") == "1.2"


# --- forms.js ---


def test_the_net_weight_is_gross_minus_tare_and_a_dash_before(open_page: Open) -> None:
    body = (
        '<div data-weighs="1"><input id="gross"></div><div data-weighs="-1"><input id="tare"></div>'
        "<output data-net></output>"
    )
    page = open_page(body, "forms.js")
    assert page.text_content("output") == "—"
    page.fill("#gross", "1,280.5")
    page.fill("#tare", "20.25")
    assert page.text_content("output") == "1260.3"
    page.fill("#gross", "many")
    assert page.text_content("output") == "-20.2"


def test_a_button_is_pressed_once(open_page: Open) -> None:
    body = (
        '<form action="/slow" method="post" target="x"><button>入库</button></form><iframe name="x"></iframe>'
    )
    page = open_page(body, "forms.js", server=lambda route: route.fulfill(body="done"))
    page.click("button")
    page.clock.run_for(10)
    assert page.is_disabled("button")
    assert page.text_content("button") == "正在写…"
    page.evaluate("window.dispatchEvent(new Event('pageshow'))")
    assert page.is_enabled("button")
    assert page.text_content("button") == "入库"


def test_the_reader_is_taken_to_what_is_wrong(open_page: Open) -> None:
    body = '<div style="height:3000px"></div><div class="is-wrong"><input id="kg"></div>'
    page = open_page(body, "forms.js")
    assert page.evaluate("document.activeElement.id") == "kg"
    assert page.evaluate("window.scrollY") > 2000


# --- offline_form.js ---


def test_what_is_typed_without_a_network_stays_and_goes_by_itself_later(open_page: Open) -> None:
    bodies: list[dict[str, list[str]]] = []
    online = False

    def server(route: Route) -> None:
        if route.request.method != "POST":
            route.fulfill(body="<p>done</p>", content_type="text/html")
        elif not online:
            route.abort()
        else:
            bodies.append(parse_qs(route.request.post_data or ""))
            route.fulfill(body="written")

    page = open_page(FORM, "offline_form.js", server=server)
    page.fill("[name=value]", "3.4")
    page.click("button")
    page.wait_for_selector("[data-role=offline]:visible")
    page.reload()
    assert page.input_value("[name=value]") == "3.4"
    online = True
    page.clock.run_for(11_000)
    page.wait_for_url("**/read")
    assert [(body["value"], body["key"]) for body in bodies] == [(["3.4"], ["once"])]
    page.goto(f"{ORIGIN}/page")
    assert page.input_value("[name=value]") == ""


def test_a_refusal_is_shown_at_its_field_and_what_was_typed_is_not_lost(open_page: Open) -> None:
    refusal = f'<main id="main"><p class="wrong">太高了</p>{FORM}</main>'.replace(
        'name="value"', 'name="value" value="93"'
    )
    page = open_page(
        f'<main id="main">{FORM}</main>',
        "offline_form.js",
        server=lambda route: route.fulfill(status=422, body=refusal, content_type="text/html; charset=utf-8"),
    )
    page.fill("[name=value]", "93")
    page.click("button")
    page.wait_for_selector(".wrong")
    assert page.input_value("[name=value]") == "93"
    assert page.is_enabled("button")


def test_an_old_draft_is_not_sent_into_another_day(open_page: Open) -> None:
    posts: list[str] = []

    def server(route: Route) -> None:
        posts.append(route.request.method)
        route.abort()

    page = open_page(FORM, "offline_form.js", server=server)
    page.fill("[name=value]", "3.4")
    page.evaluate(
        "localStorage.setItem('keep:read-1', JSON.stringify("
        "{values: [['value', '3.4']], at: Date.now() - 13 * 3600 * 1000, sent: true}))"
    )
    page.reload()
    assert page.input_value("[name=value]") == ""
    assert posts == []


# --- share_image.js ---


def test_the_picture_is_saved_where_it_cannot_be_shared(open_page: Open) -> None:
    body = '<main><h1>3号库</h1><p class="now danger">1.2度</p></main><button data-picture hidden>图</button>'
    page = open_page(body, "share_image.js")
    with page.expect_download() as download:
        page.click("[data-picture]")
    assert download.value.suggested_filename == "3号库.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_without_a_canvas_nobody_is_offered_a_picture(open_page: Open) -> None:
    body = (
        "<script>HTMLCanvasElement.prototype.toBlob = undefined</script><button data-picture hidden></button>"
    )
    page = open_page(body, "share_image.js")
    assert page.is_hidden("[data-picture]")


# --- read_aloud.js ---


def test_pressed_again_the_voice_is_quiet(open_page: Open) -> None:
    body = """<script>
    window.spoken = []; window.speechSynthesis; var speaking = false;
    Object.defineProperty(window, "speechSynthesis", {value: {
      get speaking() { return speaking; },
      speak: function (words) { window.spoken.push(words.text + words.lang); speaking = true; },
      cancel: function () { window.spoken.push("quiet"); speaking = false; }}});
    </script><section><h2>怎么办</h2><li>先通风</li><details><li>以后</li></details>
    <button data-reads>读</button></section>"""
    page = open_page(body, "read_aloud.js")
    page.click("button")
    page.click("button")
    assert page.evaluate("window.spoken") == ["怎么办zh-CN", "先通风zh-CN", "quiet"]
