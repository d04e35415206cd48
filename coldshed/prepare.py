"""What `up` needs before its services start: a short-lived child does it, so its memory is given back."""

import json

from coldshed.given import say
from coldshed.progress import Progress
from coldshed.settings import Settings
from coldshed.start import claim_port
from coldshed.wiring import data_dir, local_address
from store import schema
from store.database import Databases


def migrate(settings: Settings) -> None:
    """Brings the databases to this version's shape."""
    dbs = Databases(data_dir(settings))
    try:
        schema.migrate(dbs, Progress(say("整理数据库")))
    finally:
        dbs.close()


def prepare(settings: Settings, demo: bool) -> str:
    """Checks what can be checked, makes the databases; the plan for `coldshed up`, as JSON."""
    services = ["ingest", "record", "alerts", "web"]
    if settings.mqtt_url is None:
        claim_port(settings.mqtt_host, settings.mqtt_port, "COLDSHED_MQTT_PORT")
        services.insert(0, "broker")
    claim_port(settings.http_host, settings.http_port, "COLDSHED_HTTP_PORT")
    migrate(settings)
    if demo:
        services.append("simulate")
    plan = {
        "services": services,
        "after_page": ["backfill"] if demo else [],
        "http_host": settings.http_host,
        "http_port": settings.http_port,
        "page": say("网页开好了:%(url)s", url=local_address(settings)),
    }
    return json.dumps(plan)
