"""The phones' page and its texts. The simulators use no other package's catalogue, so they have their own."""

import json
from html import escape

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "手机(演示)",
        "demo": "演示",
        "about": "这里没有真的短信:库棚通发出的短信,都显示在这些假手机上。点1或2,就像在手机上回短信。",
        "none": "还没有短信",
        "no_phones": "还没有手机。有报警时,短信会出现在这里。",
        "go": "我去",
        "pass": "换人",
        "write": "写别的…",
        "send": "发",
        "lost": "连不上,正在重试…",
        "back": "看库",
        "other": "English",
        "other_lang": "en",
        "html": "zh-CN",
    },
    "en": {
        "title": "Phones (pretend)",
        "demo": "pretend",
        "about": "No real SMS here: every text that Coldshed sends is shown on these pretend phones. "
        "Press 1 or 2 as if you answered on the phone.",
        "none": "No texts yet",
        "no_phones": "No phones yet. When there is an alert, its texts appear here.",
        "go": "I go",
        "pass": "pass on",
        "write": "Write something else…",
        "send": "Send",
        "lost": "Connection lost, trying again…",
        "back": "Board",
        "other": "中文",
        "other_lang": "zh",
        "html": "en",
    },
}


def page(language: str) -> str:
    words = {name: escape(text) for name, text in WORDS[language].items()}
    script_words = escape(json.dumps(WORDS[language], ensure_ascii=False))
    return f"""<!doctype html>
<html lang="{words["html"]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["title"]}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="phones.css">
</head>
<body data-words="{script_words}">
<header>
<h1>{words["title"]}</h1>
<nav><a href="/">{words["back"]}</a> <a href="?lang={words["other_lang"]}">{words["other"]}</a></nav>
</header>
<p class="about">{words["about"]}</p>
<p class="lost" id="lost" role="status" hidden>{words["lost"]}</p>
<main id="phones" aria-live="polite"><p class="none">{words["no_phones"]}</p></main>
<script src="phones.js"></script>
</body>
</html>
"""
