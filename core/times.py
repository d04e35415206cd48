"""Lengths of time in ms. All times in `core` and `store` are integer ms since 1970 UTC."""

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
