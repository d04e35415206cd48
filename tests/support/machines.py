"""What the tests need of the machine: ports, a real broker and database, programs that may be missing."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

from coldshed.broker import mosquitto_config

WAIT_S = 60.0


SEARCHED = ("/usr/sbin", "/usr/local/sbin", "/lib/nut", *map(str, Path("/usr/lib/postgresql").glob("*/bin")))


def find_program(program: str) -> str | None:
    """The path of a program, where it is installed."""
    return shutil.which(program, path=":".join((os.environ.get("PATH", ""), *SEARCHED)))


def need(program: str, package: str = "") -> str:
    """The path of a program. Without it the test is skipped, visibly; where CI=true it fails."""
    path = find_program(program)
    if path is None:
        text = f"{program} is not installed: apt-get install {package or program}"
        if os.environ.get("CI") == "true":
            pytest.fail(text, pytrace=False)
        pytest.skip(text)
    return path


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Broker:
    """A real Mosquitto with our settings, on one loopback port for all its lives.

    `stop` lets it write its sessions and queues down, `kill` does not; `start` brings it back.
    """

    def __init__(self, folder: Path) -> None:
        self.program = need("mosquitto")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Broker":
        config = self.folder / "mosquitto.conf"
        config.write_text(mosquitto_config(self.folder, self.port))
        self._process = subprocess.Popen([self.program, "-c", str(config)])
        deadline = time.monotonic() + WAIT_S
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"mosquitto did not start on port {self.port}")
            time.sleep(0.02)
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(WAIT_S)


class Postgres:
    """A real PostgreSQL with a database of its own folder, on one loopback port for all its lives.

    `stop` ends it as a power cut ends a program; `start` brings it back. Nothing waits for the disk: what is
    tested is the program, not the kernel. It refuses to run as root, so there it runs as somebody else.
    `inside` is the command in front that enters another network.
    """

    def __init__(self, *, password: str = "", port: int = 0, inside: Sequence[str] = ()) -> None:
        self._program = need("postgres", "postgresql")
        self.folder = Path(tempfile.mkdtemp(prefix="coldshed-postgres-"))
        self.port = port or free_port()
        self._inside = list(inside)
        self._as: list[str] = []
        if os.geteuid() == 0:
            who = _somebody()
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            self._as = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
        self._secret = f":{quote(password, safe='')}" if password else ""
        self._process: subprocess.Popen[bytes] | None = None
        command = [need("initdb", "postgresql"), "-D", str(self.folder / "data"), "-U", "coldshed"]
        command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        if password:
            file = self.folder / "password"
            file.write_text(password)
            file.chmod(0o644)
            command += ["-A", "scram-sha-256", f"--pwfile={file}"]
        else:
            command += ["-A", "trust"]
        self._run(*self._as, *command)

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stderr.decode()}")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://coldshed{self._secret}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """A new database; its URL."""
        self._run(*self._inside, need("psql", "postgresql"), self.url(), "-qc", f"CREATE DATABASE {database}")
        return self.url(database)

    def start(self) -> "Postgres":
        settings = ["fsync=off", "full_page_writes=off", "autovacuum=off", "max_wal_senders=0"]
        settings += ["wal_level=minimal", "unix_socket_directories=", "listen_addresses=127.0.0.1"]
        settings += ["max_connections=200", "shared_buffers=32MB", "log_min_messages=panic"]
        with_us = [*(self._as or ["setpriv"]), "--pdeathsig=QUIT"]  # also where the tests are killed
        command = [*self._inside, *with_us, self._program, "-D", str(self.folder / "data")]
        command += ["-p", str(self.port), *(word for setting in settings for word in ("-c", setting))]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 3 * WAIT_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"postgres did not start: {(self.folder / 'log').read_text()[-500:]}")
            time.sleep(0.05)
        return self

    def _ready(self) -> bool:
        command = [*self._inside, need("pg_isready", "postgresql"), "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run([*command, "-t", "5"], capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        """At once and without a word to anybody (`pg_ctl stop -m immediate`)."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(WAIT_S)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _somebody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
