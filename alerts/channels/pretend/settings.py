"""The pretend phone network has no settings: it runs on this machine."""

import msgspec


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True):
    pass
