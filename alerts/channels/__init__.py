"""The channels, in the order in which they are offered. One line adds one: docs/channels.md says how."""

CHANNELS: dict[str, str] = {
    "pretend": "alerts.channels.pretend.channel:open_channel",
}
"""Name -> `module:function` that opens it. `COLDSHED_SMS_CHANNEL` accepts these names, and the `settings.py`
beside each module joins the table of settings."""
