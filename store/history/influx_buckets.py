"""Creates the three buckets of InfluxDB and sets their retention."""

import json
from urllib.parse import urlencode

from core.errors import StoreError
from core.readings.history_url import HistoryAddress
from core.times import DAY_MS
from store.history.http import HttpAnswer, HttpServer
from store.history.influx_retention import InfluxRetention

_DAY_S = DAY_MS // 1000


def ensure(http: HttpServer, address: HistoryAddress, retention: InfluxRetention) -> list[str]:
    """Creates missing buckets and updates retention. Returns a line per action."""
    org = _org(http, address)
    done = []
    for bucket, seconds in zip(retention.buckets(address.name), retention.seconds(), strict=True):
        rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
        kept = f"{seconds / _DAY_S:g} days" if seconds else "for ever"
        current = _bucket(http, org, bucket)
        if current is None:
            body = {"orgID": org, "name": bucket, "retentionRules": rules}
            http.send("POST", "/api/v2/buckets", json.dumps(body).encode())
            done.append(f"made bucket {bucket}, kept {kept}")
        elif _seconds(current) != seconds:
            body = {"retentionRules": rules}
            http.send("PATCH", f"/api/v2/buckets/{current['id']}", json.dumps(body).encode())
            done.append(f"changed bucket {bucket} from {_seconds(current) / _DAY_S:g} days, now kept {kept}")
        else:
            done.append(f"bucket {bucket} is there, kept {kept}")
    return done


def _org(http: HttpServer, address: HistoryAddress) -> str:
    try:
        orgs = json.loads(http.get("/api/v2/orgs", {"org": address.org}))["orgs"]
    except HttpAnswer as error:
        if error.status != 404:
            raise
        orgs = []
    if not orgs:
        raise StoreError(
            f"{address.kind} at {address.url} has no organisation {address.org}: "
            "please look at COLDSHED_HISTORY_URL"
        )
    return str(orgs[0]["id"])


def _bucket(http: HttpServer, org: str, name: str) -> dict[str, object] | None:
    parameters = urlencode({"orgID": org, "name": name})
    try:
        buckets = json.loads(http.get(f"/api/v2/buckets?{parameters}"))["buckets"]
    except HttpAnswer as error:
        if error.status != 404:
            raise
        buckets = []
    return buckets[0] if buckets else None


def _seconds(bucket: dict[str, object]) -> int:
    rules = bucket.get("retentionRules") or []
    assert isinstance(rules, list)
    return int(rules[0]["everySeconds"]) if rules else 0
