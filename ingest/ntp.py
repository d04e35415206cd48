"""Whether the kernel's clock is synchronized with a time server."""

from ctypes import CDLL, create_string_buffer

TIME_ERROR = 5
"""State of an unsynchronized clock (Linux adjtimex(2))."""
STRUCT_TIMEX = 512
"""Bytes of the buffer, more than any kernel writes. All zero means: only read."""


def is_synchronized() -> bool:
    """Also False if the call is not permitted, as in some containers."""
    try:
        state: int = CDLL(None).adjtimex(create_string_buffer(STRUCT_TIMEX))
    except (OSError, AttributeError):
        return False
    return 0 <= state < TIME_ERROR
