"""The services of docker-compose.yml as processes of this machine, without an engine: each has the
commands, the environment and the volumes that the file gives it, at the paths that it gives them, and
finds the others by name.

Namespaces of the kernel do it, as they do for containers: one network for all, so that every port is
free, and for each service a file system of its own, this machine's with the service's volumes laid over
it. Only images are not there: programs are this machine's, and what the entry points of Mosquitto's and
PostgreSQL's do is played here.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.machines import WAIT_S, need

ROOT = Path(__file__).parents[2]
OURS = "coldshed"
"""The image, without its version."""
BROKER = "mosquitto"
PATHS = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

_CONTAINER = """
set -eu
root=$1; shift
mount -t tmpfs tmpfs "$root"
for each in /*; do
    if [ -L "$each" ]; then cp -P "$each" "$root"
    elif [ -d "$each" ]; then mkdir "$root$each"; mount --rbind "$each" "$root$each"
    fi
done
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    shift 2
done
shift
mount --bind "$root/../hosts" "$root/etc/hosts"
exec chroot "$root" "$@"
"""


_NETWORK = """
import fcntl, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
print("ready", end="", flush=True)
sys.stdin.read()
"""
"""A network of its own with its loopback up, for as long as somebody holds its input."""

_ASK = """
import json, sys, urllib.error, urllib.request
given = json.load(sys.stdin)
body = given["body"] and given["body"].encode()
try:
    answer = urllib.request.urlopen(urllib.request.Request(given["url"], body, given["headers"]), timeout=10)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    sys.exit(str(error))
with answer:
    print(answer.status, answer.read().decode(), end="")
"""


def need_namespaces() -> None:
    """Skips, visibly, where this user may not make any; where CI=true it fails."""
    program = need("unshare", "util-linux")
    if subprocess.run([program, "-m", "-n", "true"], capture_output=True, check=False).returncode:
        text = "this user may not make namespaces: run the tests as root"
        if os.environ.get("CI") == "true":
            pytest.fail(text, pytrace=False)
        pytest.skip(text)


class Stack:
    """`docker compose -f FILE ... up`, as far as services are started by hand here, in their order."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        need_namespaces()
        self.folder = folder
        self.services: dict[str, Any] = config["services"]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "hosts").write_text(f"127.0.0.1 localhost {' '.join(self.services)}\n")
        self._network = subprocess.Popen(
            ["unshare", "-n", sys.executable, "-c", _NETWORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._network.stdout is not None
        assert self._network.stdout.read(5) == b"ready"
        self.within = ["nsenter", f"--net=/proc/{self._network.pid}/ns/net"]

    # --- one service ---------------------------------------------------------------------------------

    def start(self, name: str, command: list[str] | None = None) -> subprocess.Popen[bytes]:
        """The service's own command, or another one in its container."""
        service = self.services[name]
        root = self.folder / f"root-{name}-{len(os.listdir(self.folder))}"
        root.mkdir()
        mounts = [str(ROOT), "/opt/coldshed"] if _is_ours(service) else []
        for volume in service.get("volumes", ()):
            mounts += self._volume(volume)
        where = "/data" if _is_ours(service) else "/"
        wanted = ["env", "-i", f"--chdir={where}", *_environment(service), *(command or _command(service))]
        script = ["unshare", "-m", "sh", "-c", _CONTAINER, "sh", str(root), *mounts, "--", *wanted]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen([*self.within, *script], stdout=log, stderr=log)

    def up(self, *names: str) -> None:
        for name in names:
            self._processes[name] = self.start(name)

    def once(self, name: str, command: list[str] | None = None) -> None:
        """A service that ends by itself; whoever depends on its success may start."""
        code = self.start(name, command).wait(60)
        assert code == 0, f"{name} ended with {code}:\n{self.log(name)}"

    def healthy(self, name: str) -> bool:
        """Its health check, run in its container."""
        test = self.services[name]["healthcheck"]["test"]
        assert test[0] == "CMD"
        return self.start(name, _plain(test[1:])).wait(30) == 0

    def kill(self, name: str) -> None:
        """SIGKILL, and started again as `restart: unless-stopped` does."""
        process = self._processes[name]
        process.kill()
        process.wait(WAIT_S)
        self.up(name)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def inside(self, *command: str) -> int:
        """A command of this machine in the services' network: its code."""
        done = subprocess.run([*self.within, *command], capture_output=True, check=False, timeout=30)
        return done.returncode

    def ask(self, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Status and body of the page's answer; 0 where there is none."""
        arguments = {"url": f"http://127.0.0.1:8000{path}", "body": body, "headers": headers}
        command = [*self.within, sys.executable, "-c", _ASK]
        done = subprocess.run(
            command, input=json.dumps(arguments).encode(), capture_output=True, check=False, timeout=30
        )
        status, _, text = done.stdout.decode().partition(" ")
        return int(status or 0), text

    def file(self, volume: str, name: str) -> str:
        return (self.folder / "volumes" / volume / name).read_text().strip()

    def folder_of(self, volume: str) -> Path:
        """A named volume, made at first need."""
        place = self.folder / "volumes" / volume
        place.mkdir(parents=True, exist_ok=True)
        if volume == BROKER:
            shutil.chown(place, BROKER)  # as its image's entry point does
        return place

    def wait_until(self, name: str) -> None:
        self.until(lambda: self.healthy(name), f"{name} to be healthy", lambda: self.log(name))

    def close(self) -> None:
        for process in reversed(self._processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._network.communicate()

    def _volume(self, volume: Any) -> list[str]:
        """Where it lies here, and where the service sees it."""
        source, target, *_ = (
            volume.split(":") if isinstance(volume, str) else (volume["source"], volume["target"])
        )
        if source.startswith((".", "/")):
            return [str((ROOT / source).resolve()), target]
        return [str(self.folder_of(source)), target]

    def until(self, ready: Callable[[], Any], what: str, why: Callable[[], str] = str) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < deadline, f"waited in vain for {what}:\n{why()}"
            time.sleep(0.5)


def _is_ours(service: dict[str, Any]) -> bool:
    return str(service["image"]).partition(":")[0] == OURS


def _command(service: dict[str, Any]) -> list[str]:
    """Entry point and command; that of our image is `coldshed` (deploy/Dockerfile)."""
    entry = service.get("entrypoint", [OURS] if _is_ours(service) else [])
    return _plain([*entry, *service.get("command", [])])


def _plain(words: list[str]) -> list[str]:
    """Compose's answer has its own `$` still doubled."""
    return [word.replace("$$", "$") for word in words]


def _environment(service: dict[str, Any]) -> list[str]:
    variables = {"PATH": PATHS, "HOME": "/tmp", "COLDSHED_DATA_DIR": "/data", "PYTHONUNBUFFERED": "1"}
    if _is_ours(service):
        variables["PYTHONPATH"] = "/opt/coldshed"  # this source, wherever the command is installed from
    else:
        del variables["COLDSHED_DATA_DIR"]
    variables |= {name: str(value) for name, value in (service.get("environment") or {}).items()}
    return [f"{name}={value}" for name, value in variables.items()]


def config(*files: str, **variables: str) -> dict[str, Any]:
    """What compose makes of the files and of these variables, by its own word; version 2 leaves out the
    services of a profile that nobody asks for."""
    chosen = [word for file in files for word in ("-f", str(ROOT / file))]
    command = [*_compose(), *chosen, "--profile", "one-container", "config"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | variables
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    content = yaml.safe_load(done.stdout)
    assert isinstance(content, dict)
    return content


def _compose() -> list[str]:
    """The plugin where there is one, else Debian's."""
    docker = shutil.which("docker")
    if (
        docker
        and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        return [docker, "compose"]
    return [need("docker-compose")]
