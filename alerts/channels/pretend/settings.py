"""The pretend phone network needs no settings: it is part of this machine."""

import msgspec


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True):
    pass
