"""The client id of the listener's session.

Whoever connects with a client id takes its session over, on any broker and whatever its rights. So the id
is a secret: it stands in no topic and no log.
"""

from hashlib import sha256

from store.database import Databases
from store.service_secrets import get_or_make

CLIENT_ID = "client_id"


def own_client_id(dbs: Databases) -> str:
    """The same for every listener of one database: a second one continues the session of the first. Raises
    StoreError."""
    with dbs.records.write() as tx:
        return f"coldshed-{get_or_make(tx, CLIENT_ID)}"


def public_name(client_id: str) -> str:
    """A name for the listener's own topics, which others may see."""
    return sha256(client_id.encode()).hexdigest()[:12]
