"""One catalogue: every sentence that somebody may read stands in it in English too."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core.overview.advice import texts
from core.rooms.places import SPOTS
from i18n.language import LOCALE, catalogue, translator

HOUSE = Path(__file__).parents[2]
PARTS = ("core", "store", "api", "alerts", "reports", "ingest", "record", "coldshed", "web")
KEYWORDS = {"_": None, "N_": None, "self": None, "words": None, "say": None, "Refused": (2,), "Problem": (3,)}
METHODS = [
    ("**/vendor/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
]
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
PLACE = re.compile(r"%\((\w+)\)|%%")


def sentences() -> dict[str, str]:
    """Chinese sentence -> where it stands."""
    found: dict[str, str] = dict.fromkeys(texts(), "core/overview/advice.py")
    found |= {word: "core/rooms/places.py" for word, _ in SPOTS.values()}
    for part in PARTS:
        for file, line, message, *_ in extract_from_dir(str(HOUSE / part), METHODS, keywords=KEYWORDS):
            for text in message if isinstance(message, tuple) else (message,):
                if isinstance(text, str) and CHINESE.search(text):
                    found.setdefault(text, f"{part}/{file}:{line}")
    return found


def test_every_sentence_has_an_english_one() -> None:
    known = catalogue("en")
    missing = [f"{where}  {text}" for text, where in sentences().items() if text not in known]
    assert not missing, "no English for:\n" + "\n".join(sorted(missing))


def test_a_translation_names_the_same_facts() -> None:
    wrong = [
        text
        for text, english in catalogue("en").items()
        if not {name.removesuffix("_en") for name in PLACE.findall(english)} <= {"", *PLACE.findall(text)}
    ]
    assert not wrong


def test_no_two_parts_translate_the_same_sentence_differently() -> None:
    seen: dict[str, tuple[str, str]] = {}
    clashes = []
    for part in sorted(LOCALE.glob("en.*.po")):
        with part.open("rb") as file:
            for message in read_po(file, locale="en"):
                if not message.id:
                    continue
                before = seen.setdefault(str(message.id), (str(message.string), part.name))
                if before[0] != message.string:
                    clashes.append(f"{message.id}: {before} {message.string} {part.name}")
    assert not clashes, "\n".join(clashes)


def test_it_leaves_chinese_as_it_is_and_an_unknown_sentence_in_chinese() -> None:
    assert translator("zh")("看库") == "看库"
    assert translator("en")("看库") == "Board"
    assert translator("en")("没有人译过这句") == "没有人译过这句"
