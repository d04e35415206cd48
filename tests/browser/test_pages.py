from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Site, clock

Enter = Callable[[BrowserContext, str], Page]
WAIT = 10_000


def opened(page: Page) -> None:
    """Until the live stream has brought its first piece."""
    page.wait_for_function("document.documentElement.classList.contains('nojs') === false")
    page.wait_for_function("window.htmx && document.querySelector('[sse-connect]')")


def test_a_reading_is_on_the_board_within_a_second_and_without_reloading(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    with phone.expect_event("request", lambda request: "/live/board" in request.url):
        page = enter(phone, "keeper")
    opened(page)
    page.evaluate("window.stayed = true")
    room = page.locator(f"#room-{site.scene.rooms['1号库']}")
    expect(room.locator(".figure b")).not_to_have_text("3.7")
    for value in (3.7, 3.9):
        begun = clock()
        site.scene.say("1号库-door", clock(), temperature=value, humidity=90)
        page.wait_for_function(
            "([id, text]) => document.querySelector(`#room-${id} .figure b`).textContent === text",
            arg=[site.scene.rooms["1号库"], str(value)],
            polling=20,
        )
        assert clock() - begun < 1_000
    assert page.evaluate("window.stayed") is True


def test_a_new_device_shows_itself_within_a_second(phone: BrowserContext, site: Site, enter: Enter) -> None:
    page = enter(phone, "keeper")
    with phone.expect_event("request", lambda request: "/live/devices" in request.url):
        page.goto(f"{site.url}/devices")
    opened(page)
    begun = clock()
    site.scene.say("brand-new", clock(), temperature=21.5)
    page.wait_for_function("() => document.body.innerText.includes('brand-new')", polling=20)
    assert clock() - begun < 1_000


def test_a_room_that_gets_too_warm_moves_up_and_keeps_the_focus_where_it_was(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    opened(page)
    room = site.scene.rooms["2号库"]
    page.locator(f"#room-{room}").focus()
    for spot in ("door", "back"):
        site.scene.say(f"2号库-{spot}", clock(), temperature=12.4)
    expect(page.locator(f"#room-{room}")).to_contain_text("危险", timeout=WAIT)
    expect(page.locator(f"#room-{room}")).to_contain_text("↑太热")
    assert page.evaluate("document.activeElement.id") == f"room-{room}"


def test_what_is_received_lies_on_the_board(phone: BrowserContext, site: Site, enter: Enter) -> None:
    page = enter(phone, "keeper")
    page.get_by_role("navigation").get_by_text("入库").click()
    page.locator(".option", has_text="任家庄薯业合作社").click()
    page.locator(".option", has_text="红薯").first.click()
    page.fill("#gross", "8600")
    page.fill("#tare", "200")
    expect(page.locator("output[data-net]")).to_have_text("8400")
    page.locator(".option", has_text="5号库").click()
    page.get_by_role("button", name="入库").dblclick()
    expect(page.locator(".done")).to_contain_text("8,400斤")
    page.get_by_role("navigation").get_by_text("看库").click()
    expect(page.locator(f"#room-{site.scene.rooms['5号库']}")).to_contain_text("红薯4.2吨")


def test_somebody_goes_by_two_taps_from_the_board(phone: BrowserContext, site: Site, enter: Enter) -> None:
    page = enter(phone, "keeper")
    room = site.scene.rooms["3号库"]
    page.locator(f"#room-{room}").click()
    page.get_by_role("button", name="我去").click()
    expect(page.locator(".do")).to_contain_text("任师傅去了")


def test_without_server_sent_events_the_board_is_fetched_again(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    phone.add_init_script("delete window.EventSource")
    page = enter(phone, "keeper")
    assert page.evaluate("window.EventSource === undefined")
    site.scene.say("1号库-door", clock(), temperature=3.7)
    expect(page.locator(f"#room-{site.scene.rooms['1号库']} .figure b")).to_have_text("3.7", timeout=25_000)


def test_without_any_library_the_board_still_lives(phone: BrowserContext, site: Site, enter: Enter) -> None:
    phone.route("**/static/vendor/**", lambda route: route.abort())
    page = enter(phone, "keeper")
    site.scene.say("1号库-door", clock(), temperature=3.7)
    expect(page.locator(f"#room-{site.scene.rooms['1号库']} .figure b")).to_have_text("3.7", timeout=25_000)


def test_a_screen_that_lost_the_server_says_so_and_hides_its_figures(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    phone.add_init_script("delete window.EventSource")
    page = enter(phone, "keeper")
    page.clock.install()
    page.reload()
    phone.route("**/*", lambda route: route.abort())
    page.clock.run_for(60_000)
    expect(page.locator("#cut")).to_be_visible()
    expect(page.locator("#cut")).to_contain_text("连不上了")
    figure = page.locator(f"#room-{site.scene.rooms['1号库']} .figure")
    assert figure.evaluate("e => getComputedStyle(e).visibility") == "hidden"


def test_the_clock_runs(phone: BrowserContext, enter: Enter) -> None:
    page = enter(phone, "keeper")
    seconds = page.locator("[data-clock=seconds]")
    before = seconds.text_content()
    expect(seconds).not_to_have_text(before or "", timeout=5_000)


PAGES = (
    "/",
    "/rooms/3",
    "/rooms/11",
    "/alerts",
    "/stock",
    "/stock/receive",
    "/stock/issue",
    "/devices",
    "/devices/one?device=3号库-door",
    "/devices/ice",
    "/devices/calibrations",
    '/devices/calibrate?probe=["3号库-door",""]',
    '/devices/replace?probe=["3号库-door",""]',
    "/more",
    "/rejected",
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_wider_than_a_cheap_phone(
    phone: BrowserContext, site: Site, enter: Enter, lang: str
) -> None:
    page = enter(phone, "admin")
    phone.add_cookies([{"name": "lang", "value": lang, "url": site.url}])
    for path in PAGES:
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path


def test_text_is_readable_and_targets_fit_a_glove(phone: BrowserContext, site: Site, enter: Enter) -> None:
    page = enter(phone, "admin")
    small = """() => [...document.querySelectorAll('body *')]
        .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .filter(e => parseFloat(getComputedStyle(e).fontSize) < 18 && !e.closest('script, .u-wrap'))
        .map(e => e.className + ' ' + e.textContent.trim().slice(0, 20))"""
    low = """() => [...document.querySelectorAll('a, button, select, summary, input:not([type=hidden])')]
        .filter(e => e.offsetParent && !e.matches('.skip, .option input') && e.offsetHeight < 64
            && !e.closest('p, .row .title'))
        .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 20) + ' ' + e.offsetHeight)"""
    for path in PAGES:
        page.goto(site.url + path)
        assert page.evaluate(small) == [], path
        assert page.evaluate(low) == [], path
    page.goto(site.url)
    figure = page.locator(f"#room-{site.scene.rooms['2号库']} .figure b")
    assert figure.evaluate("e => getComputedStyle(e).fontSize") == "52px"
    assert int(figure.evaluate("e => getComputedStyle(e).fontWeight")) >= 700


def test_the_wall_shows_fourteen_rooms_at_once(browser: Browser, site: Site, enter: Enter) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    page = enter(context, "keeper")
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    tiles = page.locator(".tile")
    boxes = [box for n in range(tiles.count()) if (box := tiles.nth(n).bounding_box())]
    assert len(boxes) == 14
    assert len({round(box["x"]) for box in boxes}) == 5
    assert all(box["y"] + box["height"] <= 1080 for box in boxes)
    figure = page.locator(f"#room-{site.scene.rooms['2号库']} .figure b")
    assert figure.evaluate("e => getComputedStyle(e).fontSize") == "110px"
    cut = page.evaluate(
        "() => [...document.querySelectorAll('.tile')].filter(t => t.scrollHeight > t.clientHeight + 2)"
        ".map(t => t.textContent.trim().slice(0, 12))"
    )
    assert cut == []
    context.close()


def test_the_chart_draws_and_tells_a_value_under_the_finger(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    page.goto(f"{site.url}/rooms/{site.scene.rooms['3号库']}")
    expect(page.locator("[data-role=complete]")).to_contain_text("有数")
    over = page.locator(".u-over")
    before = page.locator("[data-role=at]").text_content()
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    over.evaluate("e => e.scrollIntoView({block: 'center'})")
    width = over.evaluate("e => e.clientWidth")
    over.hover(position={"x": width - 20, "y": 40})
    expect(page.locator("[data-role=at]")).not_to_have_text(before or "")
    page.get_by_role("button", name="7天").click()
    expect(page.get_by_role("button", name="7天")).to_have_attribute("aria-pressed", "true")


def test_the_name_of_a_room_stays_on_one_line_beside_the_call(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    page.goto(f"{site.url}/rooms/{site.scene.rooms['3号库']}")
    title = page.locator("h1")
    lines = "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)"
    assert round(title.evaluate(lines)) == 1
    assert title.evaluate("e => e.scrollWidth <= e.clientWidth")
    expect(page.locator(".bar a[href^='tel:']")).to_be_visible()


def test_the_head_of_the_board_leaves_the_phone_to_the_rooms(phone: BrowserContext, enter: Enter) -> None:
    page = enter(phone, "keeper")
    bar, facts = page.locator(".board-bar"), page.locator(".board-bar .facts")
    assert bar.evaluate("e => e.offsetHeight") <= 112
    assert facts.evaluate("e => e.offsetHeight") <= 30


def test_a_page_is_taken_away_as_a_picture(phone: BrowserContext, site: Site, enter: Enter) -> None:
    page = enter(phone, "keeper")
    for path in ("/", f"/rooms/{site.scene.rooms['3号库']}", "/stock", "/alerts"):
        page.goto(site.url + path)
        with page.expect_download() as taken:
            page.get_by_role("button", name="转图片").click()
        assert taken.value.suggested_filename.endswith(".png")
        assert taken.value.path().read_bytes().startswith(b"\x89PNG")


def test_what_to_do_is_read_out_where_the_phone_can_speak(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    page = enter(phone, "keeper")
    address = f"{site.url}/rooms/{site.scene.rooms['3号库']}"
    page.goto(address)
    page.evaluate("() => { window.said = []; speechSynthesis.speak = words => said.push(words.text) }")
    page.get_by_role("button", name="读出来").click()
    assert any("先开门通风10分钟" in words for words in page.evaluate("said"))
    page.add_init_script("delete window.SpeechSynthesisUtterance")
    page.goto(address)
    expect(page.get_by_role("button", name="读出来")).to_be_hidden()


def test_a_room_on_the_wall_is_as_wide_as_the_wall_and_legible_from_afar(
    browser: Browser, site: Site, enter: Enter
) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    page = enter(context, "keeper")
    page.goto(f"{site.url}/rooms/{site.scene.rooms['3号库']}")
    widest = page.locator(".now").bounding_box()
    assert widest is not None
    assert widest["width"] >= 1860
    size = "e => getComputedStyle(e).fontSize"
    assert page.locator(".now .figure b").evaluate(size) == "110px"
    assert page.locator(".now .word").evaluate(size) == "48px"
    small = page.evaluate(
        "() => [...document.querySelectorAll('main *')]"
        ".filter(e => e.offsetParent && !e.closest('.u-wrap')"
        " && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())"
        " && parseFloat(getComputedStyle(e).fontSize) < 30).map(e => e.textContent.trim().slice(0, 20))"
    )
    assert small == []
    context.close()


def test_the_probe_in_the_hand_rises_to_the_top_while_one_watches(
    phone: BrowserContext, site: Site, enter: Enter
) -> None:
    begun = clock()
    for number in range(5):
        for ago in range(300, 0, -10):
            site.scene.say(f"new-{number}", begun - ago * 1000, temperature=20.0 + number)
    page = enter(phone, "keeper")
    with phone.expect_event("request", lambda request: "/live/devices" in request.url):
        page.goto(f"{site.url}/devices")
    opened(page)
    page.evaluate("window.stayed = true")
    expect(page.locator(".rising")).to_have_count(0)
    for value in (23.0, 24.5, 25.7):
        site.scene.say("new-1", clock(), temperature=value)
    tile = page.locator("li", has=page.locator(".tag.rising"))
    expect(tile).to_contain_text("new-1", timeout=WAIT)
    expect(page.locator("h2").first).to_have_text("手里的这个")
    tile.get_by_role("link", name="就是这个").click()
    page.get_by_role("link", name="5号库").click()
    page.get_by_role("button", name="中间").click()
    expect(page.locator(".probes")).to_contain_text("中间", timeout=WAIT)
