"""One message, parsed once for all rules that try it."""

from core.decoding.rules import Rule
from core.errors import DecodeError
from ingest.decoders.bodies import PADDING, load_json

PAIRS = 500


class RuleMessage:
    """`body(rule)` is the message parsed as the rule says: JSON, a list of texts, or pairs. Raises
    DecodeError."""

    def __init__(self, topic: str, payload: bytes) -> None:
        self.topic = topic
        self.levels = topic.split("/")
        self.payload = payload
        self._read: dict[tuple[str, ...], object] = {}

    def body(self, rule: Rule) -> object:
        key = (rule.body, rule.encoding, rule.separators, rule.equals)
        body = self._read.get(key)
        if body is None:
            try:
                body = self._load(rule)
            except DecodeError as error:
                body = error
            self._read[key] = body
        if isinstance(body, DecodeError):
            raise body
        return body

    def _load(self, rule: Rule) -> object:
        if rule.body == "json":
            payload = self.payload
            if rule.encoding == "gb18030":
                payload = text_of(payload, rule.encoding).encode(errors="replace")
            body = load_json(payload)
            if not isinstance(body, dict | list):
                raise DecodeError("not_object", type(body).__name__)
            return body
        text = text_of(self.payload, rule.encoding)
        parts = split(text, rule.separators)
        if rule.body == "text":
            return list(parts)
        pairs: dict[str, object] = {}
        for part in parts:
            sign = next((sign for sign in rule.equals if sign in part), None)
            if sign is not None:
                key, _, value = part.partition(sign)
                pairs.setdefault(key.strip(), value.strip())
        if not pairs:
            raise DecodeError("nothing_known", text[:100])
        return pairs


def text_of(payload: bytes, encoding: str) -> str:
    """The payload as text without padding. Raises DecodeError (bad_encoding)."""
    for name in ("utf-8", "gb18030") if encoding == "auto" else (encoding,):
        try:
            return payload.decode(name).strip(PADDING)
        except UnicodeDecodeError:
            continue
    raise DecodeError("bad_encoding")


def split(text: str, separators: str) -> list[str]:
    """The parts between any of the separators, stripped; at most `PAIRS`."""
    marked = text
    for sign in separators[1:]:
        marked = marked.replace(sign, separators[0])
    return [part.strip() for part in marked.split(separators[0], PAIRS)[:PAIRS]]
