"""A pretend phone network: accepts texts, shows the phones on a page, and lets people answer."""

from simulators.phones.app import phones_app

__all__ = ["phones_app"]
