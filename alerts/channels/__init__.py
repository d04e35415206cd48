"""The registry of SMS channels, in the order in which they are offered. docs/channels.md says how to add
one."""

CHANNELS: dict[str, str] = {
    "pretend": "alerts.channels.pretend.channel:open_channel",
}
"""Name -> `module:function` that opens it. `COLDSHED_SMS_CHANNEL` accepts these names, and the `settings.py`
beside each module joins the table of settings."""
