"""Prepares what `up` needs before it starts the services. Runs in a child process, so that its memory is
freed."""

import json
from dataclasses import replace

from coldshed.addresses import local_address
from coldshed.data import DEMO_WANTED, WATCHING, databases
from coldshed.messages import translated
from coldshed.migration import migrate
from coldshed.predecessor import wait_for_predecessor
from coldshed.service_process import claim_port
from coldshed.settings import Settings
from coldshed.settings_table import columns
from core.errors import SettingsError
from core.people.people import ROLE_NAMES, NewPerson, Role
from store.clock import now_ms
from store.database import Databases
from store.people import federation, people

ADMIN = "admin"


def prepare_one_service(settings: Settings, *, new_federation: bool, copy: bool = True) -> None:
    """Migrates the databases and creates the first account, for services that are started one by one."""
    migrate(settings, new_federation=new_federation, copy=copy)
    with databases(settings, *WATCHING) as dbs:
        first_account(settings, dbs)


def prepare(settings: Settings, demo_wanted: bool) -> str:
    """Checks ports, creates what is missing, and returns the plan for `coldshed up` as JSON."""
    services = ["ingest", "record", "alerts", "web"]
    wait_for_predecessor(settings.data_dir)
    if settings.mqtt_url is None:
        claim_port(settings.mqtt_host, settings.mqtt_port, "COLDSHED_MQTT_PORT")
        services.insert(0, "broker")
    claim_port(settings.http_host, settings.http_port, "COLDSHED_HTTP_PORT")
    migrate(settings)
    wanted = settings.data_dir / DEMO_WANTED
    wanted.unlink(missing_ok=True)
    if demo_wanted:
        make_demo(settings)
    with databases(settings, *WATCHING) as dbs:  # raises SettingsError for a newer schema
        first_account(settings, dbs)
        with dbs.records.read() as tx:
            existing = federation.federation(tx)
    if existing is not None and existing.demo:
        wanted.touch()
    plan = {
        "services": services,
        "backups": settings.backup_dir is not None,
        "data_dir": str(settings.data_dir.absolute()),
        "hung_after_s": settings.hung_after_s,
        "broker": None if settings.mqtt_url else [settings.mqtt_host, settings.mqtt_port],
        "demo_wanted": str(wanted),
        "http_host": settings.http_host,
        "http_port": settings.http_port,
        "page": translated("网页开好了：%(url)s", url=local_address(settings)),
    }
    return json.dumps(plan)


def make_demo(settings: Settings) -> None:
    """Creates the demo federation if there is none and prints its accounts. Raises SettingsError if a real
    federation exists."""
    from api.security import hash_password  # the import takes a second and is rarely needed
    from coldshed import demo
    from simulators.federation import DEMO

    now = now_ms()
    with databases(settings) as dbs:
        with dbs.records.read() as tx:
            existing = federation.federation(tx)
            admin = people.by_username(tx, ADMIN)
        if existing is not None and not existing.demo:
            text = translated(
                "%(dir)s 里已经有正式的数据，不能再放演示。请给演示换一个文件夹：COLDSHED_DATA_DIR",
                dir=settings.data_dir,
            )
            raise SettingsError(text)
        wanted = DEMO
        if admin is not None:
            wanted = replace(wanted, people=tuple(p for p in wanted.people if p.username != ADMIN))
        accounts = demo.seed(dbs, now, hash_password, weather=settings.demo_weather, wanted=wanted)
        accounts = accounts or demo.new_passwords(dbs, now, hash_password)
        first_account(settings, dbs)
    rows = [(translated("演示账号"), translated("是谁"), translated("密码"))]
    for account in accounts:
        chosen = account.username == ADMIN and settings.admin_password is not None
        password = "COLDSHED_ADMIN_PASSWORD" if chosen else account.password
        rows.append((account.username, f"{account.name} {translated(ROLE_NAMES[account.role])}", password))
    print(f"\n{columns(rows)}\n", flush=True)


def first_account(settings: Settings, dbs: Databases) -> None:
    """Creates `admin` if a password is configured and the account is missing. A demo's existing `admin`
    gets that password."""
    if settings.admin_password is None:
        return
    from api.security import hash_password

    now = now_ms()
    hashed = hash_password(settings.admin_password)
    with dbs.records.write() as tx:
        admin, existing = people.by_username(tx, ADMIN), federation.federation(tx)
        if admin is None:
            people.add_person(
                tx,
                now,
                NewPerson(
                    name=ADMIN, role=Role.ADMIN, language=settings.lang, username=ADMIN, password_hash=hashed
                ),
            )
        elif existing is not None and existing.demo:
            people.set_password(tx, now, admin[0].id, hashed)
