"""The trial's own servers: where their sockets lie, and what is refused."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from cadre import env
from tools import servers


def test_sockets_lie_in_the_data_folder_where_the_path_is_short() -> None:
    assert servers.sockets(Path("/srv/site/var")) == Path("/srv/site/var/sockets")


def test_sockets_of_a_long_path_lie_in_a_folder_named_after_it() -> None:
    """A socket path ends at 107 bytes: one folder too deep and neither server would start."""
    deep, deeper = Path("/srv") / ("a" * 120), Path("/srv") / ("b" * 120)
    folder = servers.sockets(deep)
    assert folder.parent == Path("/tmp")
    assert folder.name.startswith(f"cadre-{servers.owner(deep)}-")
    assert folder == servers.sockets(deep)
    assert folder != servers.sockets(deeper)
    assert len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= servers.LONGEST_SOCKET


def test_the_addresses_are_read_back_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = servers.addresses(Path("/srv/my site/var"))
    for name, address in given.environment().items():
        monkeypatch.setenv(name, address)
    assert env.database("BOX_DATABASE_URL", "")["HOST"] == "/srv/my site/var/sockets"
    assert env.broker("REDIS_URL", "") == "redis+socket:///srv/my site/var/sockets/valkey.sock"


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path, mode: int) -> None:
    """Without this, whoever makes the folder under /tmp first would be asked for every query of the site."""
    me = pwd.getpwuid(os.geteuid())
    folder = servers.make_socket_folder(tmp_path, me)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(mode)
    with pytest.raises(servers.CannotStart, match="should be a folder that only the account"):
        servers.make_socket_folder(tmp_path, me)


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / "sockets").symlink_to(elsewhere)
    with pytest.raises(servers.CannotStart, match="should be a folder that only the account"):
        servers.make_socket_folder(tmp_path, pwd.getpwuid(os.geteuid()))


def test_a_missing_package_is_a_sentence() -> None:
    with pytest.raises(servers.CannotStart, match=r"no_such_package is not installed.*Run `make setup`"):
        servers.program_folder("no_such_package", "bin")
