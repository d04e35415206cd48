"""The ways to reach people, in the order in which they are offered."""

CHANNELS: tuple[str, ...] = ("pretend",)
"""Names of the folders here; each has `channel.py` and a heading in docs/channels.md."""
