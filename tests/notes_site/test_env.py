"""The environment: each wrong setting stops the start with a sentence."""

import secrets
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from notes_site.env import (
    DatabaseRole,
    S3Location,
    is_loopback,
    parse_storage_url,
    read_environment,
    secret_from_file,
)

WHOLE = "s3://key:s%2Fcret@127.0.0.1:9000/bucket?scheme=http&region=eu-west-1"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set but the folder."""
    for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "STORAGE_PUBLIC_URL", "RATE_LIMITS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


def test_it_starts_from_nothing(tmp_path: Path) -> None:
    read = read_environment()
    assert read.host == "127.0.0.1"
    assert read.port == 8000
    assert read.rate_limits
    assert not read.debug
    assert read.s3 is None
    assert read.database["NAME"] == str(tmp_path / "data" / "notes.sqlite3")
    assert read.database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in read.database["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "eighty", "PORT"),
        ("PORT", "0", "PORT"),
        ("PORT", "65536", "PORT"),
        ("DEBUG", "perhaps", "DEBUG"),
        ("QUOTA_MB", "-1", "QUOTA_MB"),
        ("QUOTA_MB", "much", "QUOTA_MB"),
        ("RATE_LIMITS", "no", "RATE_LIMITS"),
        ("REGISTRATION", "sometimes", "REGISTRATION"),
        ("WEB_WORKERS", "0", "WEB_WORKERS"),
        ("WORKERS", "0", "WORKERS"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES"),
        ("METRICS_ALLOWED", "127.0.0.1,everyone", "METRICS_ALLOWED"),
        ("METRICS_ALLOWED", "10.20.0.1/16", "METRICS_ALLOWED"),
        ("DATABASE_URL", "oracular://somewhere", "DATABASE_URL"),
        ("EMAIL_URL", "pigeon://loft", "EMAIL_URL"),
        ("EMAIL_URL", "smtp+tls://user:password@mail.example.org:587", "EMAIL_URL"),
        ("SITE_URL", "ftp://example.org", "SITE_URL"),
        ("SITE_URL", "photos.example.org", "SITE_URL"),
        ("SITE_URL", "https://", "SITE_URL"),
        ("SITE_URL", "https://example.org:port", "SITE_URL"),
        ("SITE_URL", "https://b\u00fccher..example", "SITE_URL"),
        ("ALLOWED_HOSTS", "\u2665\ufe0f.example", "ALLOWED_HOSTS"),
        ("STORAGE_PUBLIC_URL", "https://[/", "STORAGE_PUBLIC_URL"),
        ("HSTS_INCLUDE_SUBDOMAINS", "perhaps", "HSTS_INCLUDE_SUBDOMAINS"),
        ("HSTS_PRELOAD", "on", "HSTS_INCLUDE_SUBDOMAINS"),
        ("STORAGE_URL", "s3://example.org/bucket", "STORAGE_URL"),
        ("STORAGE_URL", WHOLE, "STORAGE_PUBLIC_URL"),
        ("DATA_DIR", "/proc/no/such", "DATA_DIR"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])  # noqa: S104
def test_rate_limits_stay_on_where_others_reach_the_site(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATE_LIMITS", "off")
    monkeypatch.setenv("HOST", host)
    with pytest.raises(ImproperlyConfigured, match="RATE_LIMITS"):
        read_environment()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_rate_limits_may_be_off_on_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMITS", "off")
    monkeypatch.setenv("HOST", host)
    assert not read_environment().rate_limits


def test_mail_goes_out_on_tls_and_never_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "submission://user:password@mail.example.org")
    email = read_environment().email
    assert (email["EMAIL_HOST"], email["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert email["EMAIL_USE_TLS"]
    assert email["EMAIL_TIMEOUT"] == 10


def test_what_is_this_machine() -> None:
    assert [is_loopback(host) for host in ("[::1]", "a.localhost", "localhost")] == [True] * 3
    assert [is_loopback(host) for host in ("", "localhost.example.org", "10.0.0.1")] == [False] * 3


def test_a_storage_url_is_taken_apart() -> None:
    assert parse_storage_url(WHOLE) == S3Location(
        bucket="bucket",
        access_key="key",
        secret_key="s/cret",
        endpoint="http://127.0.0.1:9000",
        region="eu-west-1",
    )
    assert parse_storage_url("") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://key:secret@host/bucket",
        "s3://key@host/bucket",
        "s3://key:secret@host/",
        "s3://host/bucket",
        "s3:bucket",
    ],
)
def test_a_storage_url_with_a_part_missing_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL must look like"):
        parse_storage_url(url)


def test_storage_by_the_names_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_STORAGE_BUCKET_NAME", "pictures")
    monkeypatch.setenv("STORAGE_PUBLIC_URL", "https://media.example.org/")
    with pytest.raises(ImproperlyConfigured, match="AWS_ACCESS_KEY_ID"):
        read_environment()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    location = read_environment().s3
    assert location == S3Location("pictures", "key", "secret", None, "us-east-1")


def test_the_secret_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    made = secret_from_file(path)
    assert len(made) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_from_file(path) == made
    assert [each for each in tmp_path.iterdir() if each.is_file()] == [path]


def test_processes_that_start_at_once_share_one_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, make, others = tmp_path / "secret-key", secrets.token_urlsafe, []

    def be_overtaken(size: int) -> str:
        monkeypatch.setattr(secrets, "token_urlsafe", make)
        others.append(secret_from_file(path))
        return make(size)

    monkeypatch.setattr(secrets, "token_urlsafe", be_overtaken)
    assert [secret_from_file(path)] == others
    assert len(others[0]) >= 50


@pytest.mark.parametrize(
    "tail", ["/photos", "/photos/", "/?page=1", "?page=1", "/#top", "#top", "//x"]
)
def test_a_site_is_served_at_the_root_of_its_host(
    tail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    monkeypatch.setenv("SITE_URL", f"https://example.org{tail}")
    with pytest.raises(ImproperlyConfigured, match="at the root of a host"):
        read_environment()


@pytest.mark.parametrize("user", ["me@", "me:secret@", "@"])
def test_an_address_with_a_user_is_no_site(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", f"http://{user}localhost:8000")
    with pytest.raises(ImproperlyConfigured, match="at the root of a host"):
        read_environment()


@pytest.mark.parametrize(
    ("given", "kept", "host"),
    [
        ("https://bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        # IDNA 2003, and with it Python's own codec, would make "strasse" of it.
        ("https://straße.example", "https://xn--strae-oqa.example", "xn--strae-oqa.example"),
        ("https://写真.example:8443", "https://xn--g7qs82g.example:8443", "xn--g7qs82g.example"),
        (
            "https://फ़ोटो.भारत",
            "https://xn--c2bx5c2cb.xn--h2brj9c",
            "xn--c2bx5c2cb.xn--h2brj9c",
        ),
        ("https://Example.ORG:443", "https://example.org", "example.org"),
        ("http://localhost:80", "http://localhost", "localhost"),
        ("http://[::1]:8000", "http://[::1]:8000", "[::1]"),
    ],
)
def test_a_site_has_its_hosts_ascii_name(
    given: str, kept: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    monkeypatch.setenv("SITE_URL", given)
    read = read_environment()
    assert read.site_url == kept
    assert read.allowed_hosts[0] == host


def test_every_address_is_kept_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "bücher.example, .Bücher.example,*,[::1]")
    monkeypatch.setenv("STORAGE_PUBLIC_URL", "https://Bücher.example/s3/Ä")
    read = read_environment()
    ascii_name = "xn--bcher-kva.example"
    assert read.allowed_hosts == [ascii_name, f".{ascii_name}", "*", "[::1]"]
    assert read.storage_public_url == f"https://{ascii_name}/s3/Ä"


@pytest.mark.parametrize(
    ("host", "site_url"),
    [
        ("0.0.0.0", "http://localhost:8000"),  # noqa: S104
        ("192.168.1.5", "http://localhost:8000"),
        ("127.0.0.1", "https://example.org"),
        ("127.0.0.1", "http://192.168.1.5"),
    ],
)
def test_debug_is_for_this_machine_only(
    host: str, site_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOST": host, "SITE_URL": site_url, "TRUSTED_PROXIES": "1"}.items():
        monkeypatch.setenv(name, value)
    read_environment()
    monkeypatch.setenv("DEBUG", "on")
    with pytest.raises(ImproperlyConfigured, match="Set DEBUG=off"):
        read_environment()


def test_debug_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "on")
    assert read_environment().debug


def test_the_database_has_one_role_unless_two_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://notes_site@db/notes")
    monkeypatch.setenv("PGPASSWORD", "p@ss/word")
    assert read_environment().site_role is None
    assert read_environment().database["USER"] == "notes_site"
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://notes:secret@db/notes")
    read = read_environment()
    assert read.database["USER"] == "notes"
    assert read.site_role == DatabaseRole("notes_site", "p@ss/word")
    monkeypatch.setenv("DATABASE_URL", "postgresql://notes_site:its%2Fown@db/notes")
    assert read_environment().site_role == DatabaseRole("notes_site", "its/own")


@pytest.mark.parametrize("url", ["", "postgresql://db/notes", "postgresql://notes:other@db/notes"])
def test_the_owner_of_the_database_is_not_whom_the_site_works_as(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://notes:secret@db/notes")
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must name another role"):
        read_environment()
