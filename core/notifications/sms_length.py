"""How the network counts a text message."""

ONE_PART = 70
"""Characters in one UCS-2 part, the signature and its brackets counted."""
PER_PART = 67
"""Characters a part carries when several are joined: three go to the joint."""


def length(text: str) -> int:
    """Every character counts one, what lies beyond 16 bits (emoji) two."""
    return len(text.encode("utf-16-le")) // 2


def segments(text: str) -> int:
    """Parts the text is sent (and paid) as."""
    count = length(text)
    return 1 if count <= ONE_PART else -(-count // PER_PART)
