"""The environment, read once into typed values; a wrong one stops the start with a sentence."""

import contextlib
import ipaddress
import os
import secrets
import tempfile
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from notes_site import web_address
from notes_site.planning import Connection, Cursor
from notes_site.serving import disk

BASE_DIR = Path(__file__).resolve().parent.parent
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# The same as `notes_site.models.SiteSettings.Registration`, which can't be imported this early.
REGISTRATIONS = ("open", "approval", "invite", "closed")


@dataclass(frozen=True)
class S3Location:
    """Where the bucket is and how to sign for it; `endpoint` is None for AWS itself."""

    bucket: str
    access_key: str
    secret_key: str
    endpoint: str | None
    region: str


@dataclass(frozen=True)
class DatabaseRole:
    """The role of the database as which the site works, where another one owns the tables."""

    name: str
    password: str


@dataclass(frozen=True)
class Environment:
    """Every setting the environment can give, checked."""

    data_dir: Path
    debug: bool
    host: str
    port: int
    site_url: str
    site_name: str
    allowed_hosts: list[str]
    secret_key: str
    database: dict[str, Any]
    site_role: DatabaseRole | None
    redis_url: str
    s3: S3Location | None
    storage_public_url: str
    email: dict[str, Any]
    email_from: str
    registration: str
    quota_mb: int
    rate_limits: bool
    web_workers: int
    workers: int
    demo: bool
    trusted_proxies: int
    hsts_include_subdomains: bool
    hsts_preload: bool
    metrics_allowed: list[Network]
    heartbeat_file: str


def is_loopback(host: str) -> bool:
    """Whether a host name or address reaches this machine only."""
    # Names below `.localhost` are this machine too (RFC 6761, section 6.3).
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_storage_url(url: str) -> S3Location | None:
    """`s3://KEY:SECRET@HOST[:PORT]/BUCKET?scheme=http&region=…`, or None for an empty one.

    Raises ImproperlyConfigured when a part is missing.
    """
    if not url:
        return None
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not (parts.username and parts.password and bucket):
        raise ImproperlyConfigured(
            "STORAGE_URL must look like s3://KEY:SECRET@HOST/BUCKET; leave it out to keep files"
            " on disk."
        )
    host = parts.hostname or ""
    if parts.port:
        host = f"{host}:{parts.port}"
    return S3Location(
        bucket=bucket,
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
        endpoint=f"{options.get('scheme', 'https')}://{host}" if host else None,
        region=options.get("region", "us-east-1"),
    )


def _storage_from_aws_names(env: Env) -> S3Location | None:
    bucket = env.str("AWS_STORAGE_BUCKET_NAME", "")
    if not bucket:
        return None
    return S3Location(
        bucket=bucket,
        access_key=env.str("AWS_ACCESS_KEY_ID"),
        secret_key=env.str("AWS_SECRET_ACCESS_KEY"),
        endpoint=env.str("AWS_S3_ENDPOINT_URL", "") or None,
        region=env.str("AWS_S3_REGION_NAME", "us-east-1"),
    )


def secret_from_file(path: Path) -> str:
    """The secret kept in a file, made (50 random bytes, mode 0600) when there is none.

    Raises OSError when it can't be read or written.
    """
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(50))
    return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Write a file that is either there whole or not at all; an existing one stays as it is."""
    # `mkstemp` makes it for its owner alone.
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        # Of several processes that start at once, one makes the file and the others read it.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def _data_dir(env: Env) -> Path:
    path = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).absolute()
    try:
        for name in ("", "media", "tmp", "broker"):
            (path / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {path} can't be written ({error.strerror}). Make it writable, "
            "or set DATA_DIR to a folder that is."
        ) from error
    return path


def _database(env: Env, data_dir: Path) -> dict[str, Any]:
    name = "DATABASE_OWNER_URL" if env.str("DATABASE_OWNER_URL", "") else "DATABASE_URL"
    database = dict(env.dj_db_url(name, f"sqlite:///{data_dir / 'notes.sqlite3'}"))
    # Opening a connection costs more than a page: each thread keeps its own for a minute.
    database.update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
    if database["ENGINE"].endswith("sqlite3"):
        # The file is read through the memory map, so each connection's own cache may be small.
        database["OPTIONS"] = {
            # A transaction that reads before it writes fails at once, whatever the timeout, if
            # another has written in between. So each takes the write lock at its beginning.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            " PRAGMA cache_size=-8192; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
        }
    else:
        factories = {"connection_factory": Connection, "cursor_factory": Cursor}
        database.setdefault("OPTIONS", {}).update(factories)
    return database


def _site_role(env: Env) -> DatabaseRole | None:
    """Whom DATABASE_URL names, where this process works as DATABASE_OWNER_URL says; else None.

    Raises ImproperlyConfigured where the two can't be told apart.
    """
    if not env.str("DATABASE_OWNER_URL", ""):
        return None
    site, owner = (urlsplit(env.str(name, "")) for name in ("DATABASE_URL", "DATABASE_OWNER_URL"))
    if not site.username or site.username == owner.username:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL is set, so DATABASE_URL must name another role: the one that the"
            " site works as, which owns no table."
        )
    # What libpq itself takes where the address has no password.
    password = unquote(site.password or "") or env.str("PGPASSWORD", "")
    return DatabaseRole(unquote(site.username), password)


def _email(env: Env) -> dict[str, Any]:
    email = dict(env.dj_email_url("EMAIL_URL", "console:"))
    if "EMAIL_BACKEND" not in email:
        # Taken as it is, Django would send to that host, and in the clear.
        raise ImproperlyConfigured(
            "EMAIL_URL must begin with submission:// (with TLS), smtp://, file:// or console:, "
            "e.g. submission://USER:PASSWORD@mail.example.org:587."
        )
    # A mail server that hangs must not hold a request for ever.
    email["EMAIL_TIMEOUT"] = email["EMAIL_TIMEOUT"] or 10
    return email


def _email_from(env: Env, email: dict[str, Any], site_host: str) -> str:
    """The address that mail leaves from; the site's name is written before it when it is sent."""
    given = env.str("EMAIL_FROM", "").strip() or email.get("DEFAULT_FROM_EMAIL") or ""
    if not given:
        return default_email_from(site_host)
    try:
        address = Address(addr_spec=given)
    except (ValueError, HeaderParseError) as error:
        raise ImproperlyConfigured(_not_an_address(given)) from error
    try:
        domain = web_address.ascii_host(address.domain)
    except ValueError as error:
        raise ImproperlyConfigured(_not_an_address(given)) from error
    if not (address.username.isascii() and address.username and domain):
        raise ImproperlyConfigured(_not_an_address(given))
    return Address(username=address.username, domain=domain).addr_spec


def _not_an_address(given: str) -> str:
    return (
        f"EMAIL_FROM is {given!r}. Write the address alone, e.g. notes@example.org; the name of "
        "the site is added to it."
    )


def default_email_from(site_host: str) -> str:
    """`notes@` and the host of SITE_URL, as mail servers write it."""
    try:
        return f"notes@[{_literal(site_host)}]"
    except ValueError:
        pass
    try:
        domain = site_host.encode("idna").decode("ascii")
    except UnicodeError:
        # Longer than any name of DNS; SITE_URL has its own check.
        domain = "localhost"
    return Address(username="notes", domain=domain or "localhost").addr_spec


def _literal(site_host: str) -> str:
    """An IP address as RFC 5321 (4.1.3) writes it; raises ValueError for a name."""
    address = ipaddress.ip_address(site_host)
    return f"IPv6:{address}" if address.version == 6 else str(address)


def _networks(env: Env, name: str, default: list[str]) -> list[Network]:
    """Addresses and networks in CIDR; an empty setting allows nobody."""
    networks = []
    for text in filter(None, (each.strip() for each in env.list(name, default))):
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} holds {text!r}, which is not an address or network ({error}). Write for "
                "example 127.0.0.0/8,::1,10.20.0.0/16."
            ) from error
    return networks


def _ascii_hosts(hosts: list[str]) -> list[str]:
    try:
        return [web_address.ascii_host(host.strip()) for host in hosts]
    except ValueError as error:
        raise ImproperlyConfigured(f"ALLOWED_HOSTS holds a wrong name: {error}.") from error


def _site_url(text: str) -> str:
    """The site's origin as browsers write it; the site is served at the root of its host."""
    try:
        parts = urlsplit(text)
        origin = web_address.origin(text)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"SITE_URL is {text!r}, which is not a web address ({error}). Write for example "
            "https://photos.example.org."
        ) from error
    if parts.scheme not in ("http", "https"):
        raise ImproperlyConfigured(f"SITE_URL must begin with http:// or https://, not {text!r}.")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"SITE_URL is {text!r}, and the site is served at the root of a host, without a path, "
            f"a query or a user. Set SITE_URL={origin} and give the site that host for itself."
        )
    return origin


def _public_url(text: str) -> str:
    if "://" not in text:
        return text
    try:
        return web_address.with_ascii_host(text)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"STORAGE_PUBLIC_URL is {text!r}, which is not a web address ({error})."
        ) from error


def _read(env: Env) -> Environment:
    data_dir = _data_dir(env)
    host = env.str("HOST", "127.0.0.1")
    port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
    site_url = _site_url(env.str("SITE_URL", f"http://localhost:{port}"))
    site_host = urlsplit(site_url).hostname or ""
    site_host = f"[{site_host}]" if ":" in site_host else site_host
    s3 = parse_storage_url(env.str("STORAGE_URL", "")) or _storage_from_aws_names(env)
    email = _email(env)
    return Environment(
        data_dir=data_dir,
        debug=env.bool("DEBUG", False),
        host=host,
        port=port,
        site_url=site_url,
        site_name=env.str("SITE_NAME", "Notes"),
        allowed_hosts=_ascii_hosts(
            env.list("ALLOWED_HOSTS", [site_host, "localhost", "127.0.0.1", "[::1]"])
        ),
        secret_key=env.str("SECRET_KEY", "") or secret_from_file(data_dir / "secret-key"),
        database=_database(env, data_dir),
        site_role=_site_role(env),
        redis_url=env.str("REDIS_URL", ""),
        s3=s3,
        storage_public_url=_public_url(env.str("STORAGE_PUBLIC_URL", "")),
        email=email,
        email_from=_email_from(env, email, site_host),
        registration=env.str("REGISTRATION", "open", validate=validate.OneOf(REGISTRATIONS)),
        quota_mb=env.int("QUOTA_MB", 0, validate=validate.Range(min=0)),
        rate_limits=env.str("RATE_LIMITS", "on", validate=validate.OneOf(["on", "off"])) == "on",
        web_workers=env.int("WEB_WORKERS", 2, validate=validate.Range(1, 64)),
        workers=env.int("WORKERS", 1, validate=validate.Range(1, 64)),
        demo=env.bool("DEMO", True),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)),
        hsts_include_subdomains=env.bool("HSTS_INCLUDE_SUBDOMAINS", False),
        hsts_preload=env.bool("HSTS_PRELOAD", False),
        metrics_allowed=_networks(env, "METRICS_ALLOWED", ["127.0.0.0/8", "::1"]),
        heartbeat_file=env.str("HEARTBEAT_FILE", ""),
    )


def _refuse_contradictions(environment: Environment) -> None:
    if not environment.rate_limits and not is_loopback(environment.host):
        raise ImproperlyConfigured(
            f"RATE_LIMITS=off is for tests on this machine only, and HOST is {environment.host}. "
            "Set HOST=127.0.0.1 or leave RATE_LIMITS out."
        )
    site_host = urlsplit(environment.site_url).hostname or ""
    reached = next((host for host in (environment.host, site_host) if not is_loopback(host)), "")
    if environment.debug and reached:
        raise ImproperlyConfigured(
            f"DEBUG=on shows code and settings to every visitor, and {reached} is more than this "
            "machine. Set DEBUG=off, or HOST and SITE_URL to this machine."
        )
    if environment.hsts_preload and not environment.hsts_include_subdomains:
        raise ImproperlyConfigured(
            "HSTS_PRELOAD=on needs HSTS_INCLUDE_SUBDOMAINS=on: browsers preload a domain only "
            "with all its subdomains. Set both, or neither."
        )
    if environment.site_url.startswith("https://") and not environment.trusted_proxies:
        raise ImproperlyConfigured(
            "SITE_URL is https:// and TRUSTED_PROXIES is 0, so every page would redirect to"
            " itself. Set TRUSTED_PROXIES to the number of proxies in front, usually 1."
        )
    if environment.s3 and not environment.storage_public_url:
        raise ImproperlyConfigured(
            "STORAGE_PUBLIC_URL is missing: with STORAGE_URL set, say at which address visitors "
            "fetch the bucket's public pictures, e.g. https://media.example.org/notes/."
        )


def read_environment() -> Environment:
    """Read and check the environment.

    Raises ImproperlyConfigured with one sentence a setting that is missing or wrong.
    """
    env = Env()
    try:
        environment = _read(env)
    except OSError as error:
        folder = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))
        raise ImproperlyConfigured(
            disk.sentence(error, folder) or f"The data folder {folder} can't be used: {error}."
        ) from error
    except ValueError as error:
        raise ImproperlyConfigured(f"A setting in the environment is wrong: {error}") from error
    _refuse_contradictions(environment)
    return environment
