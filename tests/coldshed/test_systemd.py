"""What systemd hears from `coldshed up`."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldshed.systemd import ServiceManager


@pytest.fixture
def link(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(tmp_path / "notify"))
        link.settimeout(1)
        yield link


def test_it_says_that_it_starts_is_ready_lives_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: socket.socket
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    manager = ServiceManager()
    manager.starting()
    manager.ready()
    for _ in range(100):
        manager.alive()
    manager.stopping()
    heard = [link.recv(100).decode() for _ in range(4)]
    assert heard == ["EXTEND_TIMEOUT_USEC=60000000", "READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_its_services_do_not_inherit_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "@coldshed-test")
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    ServiceManager().alive()  # nobody listens: no error
    assert "NOTIFY_SOCKET" not in os.environ
    assert "WATCHDOG_USEC" not in os.environ


def test_without_systemd_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    ServiceManager().ready()
