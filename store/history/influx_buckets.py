"""Creates the three buckets of InfluxDB and sets their retention.

The server answers alike whether something is not there or the token may not see it. So a bucket counts as
missing only if the server lets us create it.
"""

import json
from typing import NamedTuple

from core.errors import StoreError
from core.readings.history_url import HistoryAddress
from core.times import DAY_MS
from store.history.http import NOT_THERE, HttpAnswer, HttpServer
from store.history.influx_retention import InfluxRetention

_DAY_S = DAY_MS // 1000
_FORBIDDEN = (401, 403)
_CONFLICT = 422


class EnsuredBucket(NamedTuple):
    name: str
    was_made: bool
    done: str
    """What was done, for people."""


def ensure(http: HttpServer, address: HistoryAddress, retention: InfluxRetention) -> list[EnsuredBucket]:
    """Creates missing buckets and updates retention."""
    org = _org(http, address)
    buckets = zip(retention.buckets(address.name), retention.seconds(), strict=True)
    return [_ensure_bucket(http, address, org, name, seconds) for name, seconds in buckets]


def is_listed(http: HttpServer, address: HistoryAddress, name: str) -> bool:
    """Whether the server says that the bucket is there."""
    return _first(http, {"org": address.org, "name": name}) is not None


def _ensure_bucket(
    http: HttpServer, address: HistoryAddress, org: str, name: str, seconds: int
) -> EnsuredBucket:
    rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
    kept = f"{seconds / _DAY_S:g} days" if seconds else "for ever"
    current = _first(http, {"orgID": org, "name": name})
    if current is None:
        _create(http, address, {"orgID": org, "name": name, "retentionRules": rules})
        return EnsuredBucket(name, True, f"made bucket {name}, kept {kept}")
    if _seconds(current) == seconds:
        return EnsuredBucket(name, False, f"bucket {name} is there, kept {kept}")
    _update(http, address, name, f"/api/v2/buckets/{current['id']}", {"retentionRules": rules})
    before = f"{_seconds(current) / _DAY_S:g} days"
    return EnsuredBucket(name, False, f"changed bucket {name} from {before}, now kept {kept}")


def _create(http: HttpServer, address: HistoryAddress, bucket: dict[str, object]) -> None:
    try:
        http.send("POST", "/api/v2/buckets", json.dumps(bucket).encode())
    except HttpAnswer as error:
        name, where = bucket["name"], f"{address.kind} at {address.url}"
        if error.status == _CONFLICT and "exist" in error.message:
            raise StoreError(
                f"{where} has a bucket {name}, but COLDSHED_HISTORY_TOKEN may not read it"
            ) from error
        if error.status in _FORBIDDEN:
            raise StoreError(
                f"{where} shows no bucket {name}, and COLDSHED_HISTORY_TOKEN may not create it: "
                "please give the token the right to read it, or to write buckets of the organisation"
            ) from error
        raise


def _update(http: HttpServer, address: HistoryAddress, name: str, path: str, change: object) -> None:
    try:
        http.send("PATCH", path, json.dumps(change).encode())
    except HttpAnswer as error:
        if error.status in (*_FORBIDDEN, NOT_THERE):
            raise StoreError(
                f"{address.kind} at {address.url}: COLDSHED_HISTORY_TOKEN may not change how long bucket "
                f"{name} is kept: please give it the right to write this bucket"
            ) from error
        raise


def _org(http: HttpServer, address: HistoryAddress) -> str:
    """The organisation's id. A token that may not read organisations learns it from any bucket it sees."""
    orgs = _listed(http, "/api/v2/orgs", "orgs", {"org": address.org})
    if orgs:
        return str(orgs[0]["id"])
    bucket = _first(http, {"org": address.org, "limit": "1"})
    if bucket is not None and bucket.get("orgID"):
        return str(bucket["orgID"])
    raise StoreError(
        f"{address.kind} at {address.url} shows no organisation {address.org}: please look at "
        "COLDSHED_HISTORY_URL, or give COLDSHED_HISTORY_TOKEN the right to read the organisation or one of "
        "its buckets"
    )


def _first(http: HttpServer, parameters: dict[str, str]) -> dict[str, object] | None:
    return next(iter(_listed(http, "/api/v2/buckets", "buckets", parameters)), None)


def _listed(http: HttpServer, path: str, name: str, parameters: dict[str, str]) -> list[dict[str, object]]:
    """Empty if the server says that there is none, or that this token may not list them."""
    try:
        answer = json.loads(http.get(path, parameters))
    except HttpAnswer as error:
        if error.status == NOT_THERE or (error.status == 403 and path.endswith("orgs")):
            return []
        raise
    return list(answer.get(name) or [])


def _seconds(bucket: dict[str, object]) -> int:
    rules = bucket.get("retentionRules") or []
    assert isinstance(rules, list)
    return int(rules[0]["everySeconds"]) if rules else 0
