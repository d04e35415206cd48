"""Length of an SMS as the network counts it."""

ONE_PART = 70
"""Characters of a single UCS-2 part, including the signature and its brackets."""
PER_PART = 67
"""Characters per part of a longer SMS; the header takes three."""


def length(text: str) -> int:
    """Number of UTF-16 units: 1 per character, 2 above U+FFFF (emoji)."""
    return len(text.encode("utf-16-le")) // 2


def segments(text: str) -> int:
    """Number of parts that are sent and charged."""
    count = length(text)
    return 1 if count <= ONE_PART else -(-count // PER_PART)
