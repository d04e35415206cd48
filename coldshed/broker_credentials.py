"""The broker's logins, as the two files that it reads: `passwords` and `acl`.

They are derived from the settings and the records and rewritten when those change: by the broker before it
starts, by `coldshed devices`, and by the listener's process, which checks every second. After a crash
between the records and the files, the next check writes them.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from coldshed.secret_files import secret_file
from coldshed.settings import Settings
from core.devices.credentials import SERVICE, SHARED, hash_password, is_password
from core.devices.topic_rights import TopicRight
from store.database import Databases
from store.devices import credentials

PASSWORDS, ACL, LOCK, MORE = "passwords", "acl", "lock", "conf.d"
SERVICE_NAME = "coldshed-service"
SIMULATOR_NAME = "coldshed-simulator"
SECRETS = {SERVICE_NAME: "service.secret", SIMULATOR_NAME: "simulator.secret"}
"""Secret files of the included broker's logins for Coldshed's own processes; they are in the broker's
folder."""


class BrokerLogin(NamedTuple):
    name: str
    password: str
    """A hash."""
    rights: tuple[TopicRight, ...]


def folder(settings: Settings) -> Path | None:
    """The folder of the files; None if an external broker's logins are managed elsewhere."""
    if settings.mqtt_url is None:
        return own_folder(settings)
    return settings.mqtt_logins_dir


def own_folder_path(settings: Settings) -> Path:
    """The included broker's folder, which may not exist yet."""
    return (settings.data_dir / "broker").resolve()


def own_folder(settings: Settings) -> Path:
    """The included broker's folder, created if missing and accessible only to this user."""
    path = own_folder_path(settings)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    (path / MORE).mkdir(mode=0o700, exist_ok=True)
    return path


def password_of(settings: Settings, name: str) -> str:
    """The included broker's password for one of Coldshed's own processes; created on first use."""
    return secret_file(own_folder(settings) / SECRETS[name])


def existing_password_of(settings: Settings, name: str) -> str | None:
    """Like `password_of`, but creates nothing: None without a file. Raises OSError if it cannot be read."""
    file = own_folder_path(settings) / SECRETS[name]
    return file.read_text() if file.exists() else None


def has_simulator_login(settings: Settings) -> bool:
    """Whether the simulators have a login at the included broker."""
    return settings.mqtt_url is None and (own_folder(settings) / SECRETS[SIMULATOR_NAME]).exists()


def reserved_names(settings: Settings) -> set[str]:
    """Names that devices must not use."""
    names = {SERVICE_NAME, SIMULATOR_NAME, settings.mqtt_username}
    return names | ({_user(settings.mqtt_url)[0]} if settings.mqtt_url else set())


def is_open(settings: Settings, dbs: Databases) -> bool:
    """Whether the included broker accepts clients without a login: until the first login is issued, a
    password is set, or `conf.d` contains a file (a second listener, a bridge). Until then it listens on
    this machine only."""
    if settings.mqtt_url or settings.mqtt_password or settings.mqtt_logins == "each":
        return False
    if any((own_folder(settings) / MORE).glob("*.conf")):
        return False
    with dbs.records.read() as tx:
        return credentials.stamp(tx)[0] == 0


def write(settings: Settings, dbs: Databases) -> bool:
    """Updates the files and returns whether they changed. Raises OSError if they cannot be written."""
    place = folder(settings)
    if place is None:
        return False
    with _locked(place):
        wanted = {} if is_open(settings, dbs) else _texts(place, collect_logins(settings, dbs, place))
        new = [write_file(place / name, text) for name, text in wanted.items()]
        if not wanted:
            new = [_delete_file(place / name) for name in (ACL, PASSWORDS)]
        return any(new)


def collect_logins(settings: Settings, dbs: Databases, place: Path) -> list[BrokerLogin]:
    """All valid logins. A hash in the files that still matches is kept, because a new hash would differ
    each time."""
    hash_by_name = {login.name: login.password for login in read(place) or ()}

    def login(name: str, password: str, rights: tuple[TopicRight, ...]) -> BrokerLogin:
        kept = hash_by_name.get(name, "")
        right = is_password(password, kept)
        return BrokerLogin(name, kept if right else hash_password(password, secrets.token_bytes(12)), rights)

    logins = []
    if settings.mqtt_url is None:
        logins.append(login(SERVICE_NAME, password_of(settings, SERVICE_NAME), SERVICE))
        if has_simulator_login(settings):
            logins.append(login(SIMULATOR_NAME, password_of(settings, SIMULATOR_NAME), SHARED))
    elif (service := _user(settings.mqtt_url))[0]:
        logins.append(login(*service, SERVICE))
    if settings.mqtt_password and settings.mqtt_logins == "shared":
        logins = [entry for entry in logins if entry.name != settings.mqtt_username]
        logins.append(login(settings.mqtt_username, settings.mqtt_password, SHARED))
    taken = {entry.name for entry in logins}
    with dbs.records.read() as tx:
        devices = [credential for credential in credentials.active(tx) if credential.name not in taken]
    return logins + [
        BrokerLogin(credential.name, credential.password, credential.rights) for credential in devices
    ]


def read(place: Path) -> list[BrokerLogin] | None:
    """The logins in the two files; None if a file is missing, so that everybody may connect."""
    try:
        acl = (place / ACL).read_text("utf-8")
        passwords = (place / PASSWORDS).read_text("utf-8")
    except FileNotFoundError:
        return None
    rights: dict[str, list[TopicRight]] = {}
    name = ""
    for line in acl.splitlines():
        word, _, rest = line.partition(" ")
        if word == "user":
            name = rest
        elif word == "topic":
            rights.setdefault(name, []).append(TopicRight(*rest.split(" ", 1)))
    pairs = (line.partition(":") for line in passwords.splitlines())
    return [BrokerLogin(user, hashed, tuple(rights.get(user, ()))) for user, colon, hashed in pairs if colon]


def _texts(place: Path, logins: Iterable[BrokerLogin]) -> dict[str, str]:
    """`passwords` is written first: a name with rights but no password cannot connect."""
    logins = list(logins)
    passwords = "".join(f"{login.name}:{login.password}\n" for login in logins)
    blocks = (
        f"user {login.name}\n" + "".join(f"topic {right.access} {right.topic}\n" for right in login.rights)
        for login in logins
    )
    return {PASSWORDS: passwords, ACL: "\n".join(blocks)}


def _user(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Prevents a process that read older records from writing the files last."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(place / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _give_to_folder_owner(place / LOCK)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_file(file: Path, text: str) -> bool:
    """Writes and syncs the file atomically, readable only by this user and the broker. Returns whether it
    changed."""
    with suppress(FileNotFoundError, UnicodeDecodeError):
        if file.read_text("utf-8") == text:
            return False
    made = file.with_name(f".{file.name}")
    made.unlink(missing_ok=True)
    # chmod g+s on the folder means that a broker of another user reads the files
    mode = 0o640 if file.parent.stat().st_mode & stat.S_ISGID else 0o600
    with open(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w", encoding="utf-8") as writing:
        writing.write(text)
        writing.flush()
        os.fsync(writing.fileno())
    _give_to_folder_owner(made)
    made.replace(file)
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def _delete_file(file: Path) -> bool:
    existed = file.exists()
    file.unlink(missing_ok=True)
    return existed


def _give_to_folder_owner(file: Path) -> None:
    """When run as root, gives the file to the folder's owner, so that a service without root can read it."""
    if os.geteuid() == 0 and (owner := file.parent.stat()).st_uid != 0:
        os.chown(file, owner.st_uid, owner.st_gid)
