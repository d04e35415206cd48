"""Whether the kernel knows of a time server that keeps this machine's clock right."""

from ctypes import CDLL, create_string_buffer

TIME_ERROR = 5
"""The kernel's word for a clock that nobody keeps."""
STRUCT_TIMEX = 512
"""More than any kernel writes; all zero only asks."""


def is_synchronized() -> bool:
    """`False` also where the question is not allowed, as in some containers."""
    try:
        state: int = CDLL(None).adjtimex(create_string_buffer(STRUCT_TIMEX))
    except (OSError, AttributeError):
        return False
    return 0 <= state < TIME_ERROR
