"""Every test has an owner, a friend and a stranger, and a data folder of its own.

The environment is set before Django reads it, so nothing here ever touches the site's own data.
"""

import atexit
import math
import os
import runpy
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import shares

DATA = Path(tempfile.mkdtemp(prefix="notes-tests-"))
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
# What a person may have exported for the site they run.
FOREIGN = (
    "SITE_URL",
    "SITE_NAME",
    "ALLOWED_HOSTS",
    "SECRET_KEY",
    "DEBUG",
    "HOST",
    "PORT",
    "EMAIL_URL",
    "EMAIL_FROM",
    "REGISTRATION",
    "QUOTA_MB",
    "TRUSTED_PROXIES",
    "HSTS_INCLUDE_SUBDOMAINS",
    "HSTS_PRELOAD",
    "METRICS_ALLOWED",
)
for _name in FOREIGN:
    os.environ.pop(_name, None)
os.environ |= {
    "DATA_DIR": str(DATA),
    "RATE_LIMITS": "off",
    "DJANGO_SETTINGS_MODULE": "notes_site.settings",
}
# Beside the other processes of a run: what tests send reaches no worker but the tests' own.
os.environ |= shares.of_servers()

import django  # noqa: E402

django.setup()

from django.conf import settings as site_settings  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from redis import Redis  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.social import follows  # noqa: E402
from notes_site import site  # noqa: E402
from notes_site.health import readiness  # noqa: E402
from notes_site.mail import outgoing  # noqa: E402
from notes_site.middleware import RequestLogMiddleware  # noqa: E402
from notes_site.models import SiteSettings  # noqa: E402
from posts.imaging.sandbox import Sandbox, sandbox  # noqa: E402
from posts.models import Post, Upload  # noqa: E402
from posts.uploading import uploads  # noqa: E402
from tests import making, migrated, remembered  # noqa: E402
from tests.making import MakePicture, MakePost, MakeUpload  # noqa: E402

PASSWORD = "correct horse battery staple"
LEFT_OUT = pytest.StashKey[int]()
TESTS = Path(__file__).parent
# The folders whose tests drive a site from outside.
RUNNING_SITES = ("browser", "corpus", "deployment", "flow")
Commit = Callable[[], Any]


def pytest_configure(config: pytest.Config) -> None:
    """Settings that only make tests faster, or that a server's start would have prepared."""
    site_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    site_settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    site_settings.STATIC_ROOT.mkdir(exist_ok=True)
    # Else an answer of a busy machine carries an id that others lack.
    RequestLogMiddleware.SLOW_SECONDS = math.inf


def pytest_xdist_setupnodes() -> None:
    """The processes of a run read this file before their settings, as this one did."""
    # pytest-django reads the settings first of all where this is set already.
    os.environ.pop("DJANGO_SETTINGS_MODULE")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the pure tests; leave those of the full stack out without one, and say so at the end."""
    for item in items:
        if _is_pure(item):
            item.add_marker(pytest.mark.pure)
    if os.environ.get("STORAGE_URL"):
        return
    needing = [item for item in items if item.get_closest_marker("stack")]
    config.stash[LEFT_OUT] = len(needing)
    if needing:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)


def _is_pure(item: pytest.Item) -> bool:
    """Whether a test gives the same answer on every stack."""
    if any(map(item.get_closest_marker, ("django_db", "stack", "storage"))):
        return False
    if any(item.path.is_relative_to(TESTS / folder) for folder in RUNNING_SITES):
        return False
    return not {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """How much of the matrix of who sees what was gone through; what was left out."""
    done = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    if cells := sum(dict(report.user_properties).get("cells", 0) for report in done):
        terminalreporter.write_line(
            f"Authorization matrix: {cells} cells, each by its status and by what it tells."
        )
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"Left out: {left_out} tests that need the full stack"
            " (python scripts/stack.py --fast run -- pytest)."
        )


def pytest_unconfigure() -> None:
    """No messages and no decoding children stay behind."""
    for child in sandbox._idle:
        child.end()
    sandbox._idle.clear()
    if os.environ.get("REDIS_URL"):
        Redis.from_url(os.environ["REDIS_URL"]).flushdb()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None) -> Iterator[None]:
    """A migrated database of this process. SQLite as a file, as on the site, with its locks."""
    with migrated.database(DATA / "test.sqlite3") as name:
        connection.settings_dict["NAME"] = name
        yield
        connections.close_all()


@pytest.fixture(autouse=True)
def media_of_its_own(settings: Any, tmp_path: Path) -> None:
    """On the file storage, no test sees the objects of another."""
    default = settings.STORAGES["default"]
    if default["BACKEND"] == "notes_site.storage.FileMedia":
        (tmp_path / "media").mkdir()
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {**default, "OPTIONS": {"location": tmp_path / "media"}},
        }


@pytest.fixture(autouse=True)
def site_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits the name of another's site, and none asks for it while it counts queries."""
    nothing_chosen = site._Kept(SiteSettings(pk=1), math.inf)
    monkeypatch.setattr(site, "_kept", nothing_chosen)


@pytest.fixture(autouse=True)
def readiness_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is told what another found about the parts, and a slow machine has time."""
    monkeypatch.setattr(readiness, "DEADLINE_SECONDS", 30.0)
    readiness.readiness.forget()


@pytest.fixture(autouse=True)
def mail_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An email is sent at once, as by the worker that most tests have none of."""
    monkeypatch.setattr(outgoing, "queue_on_commit", lambda _task, number: outgoing.deliver(number))


@pytest.fixture(autouse=True)
def child_remembered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoding child does each job once, except for tests about the pipeline."""
    if not request.node.get_closest_marker("pipeline"):
        monkeypatch.setattr(Sandbox, "_run", remembered.run)


@pytest.fixture
def on_files(settings: Any, media_of_its_own: None, tmp_path: Path) -> None:
    """Files on disk whichever stack the tests run on, for what the application then serves."""
    settings.STORAGE_PUBLIC_URL = "/renditions/"
    settings.STORAGES = making.storage_on_disk(settings.STORAGES, tmp_path / "media")


@cache
def _settings_as_shipped() -> dict[str, Any]:
    return runpy.run_path(str(Path(site_settings.BASE_DIR) / "notes_site" / "settings.py"))


@pytest.fixture
def rate_limits(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The rate limits a site has, turned on; nothing counted so far."""
    monkeypatch.setenv("RATE_LIMITS", "on")
    limits: dict[str, str] = {**_settings_as_shipped()["ACCOUNT_RATE_LIMITS"]}
    settings.ACCOUNT_RATE_LIMITS = limits
    caches["default"].clear()
    return limits


def _person(username: str, **fields: Any) -> User:
    return User.objects.create_user(
        username=username, email=f"{username}@example.org", password=PASSWORD, **fields
    )


@pytest.fixture
def owner(db: None) -> User:
    """The person whose things a test is about."""
    return _person("owner")


@pytest.fixture
def friend(owner: User) -> User:
    """Follows the owner and is followed back."""
    person = _person("friend")
    follows.follow(follower=person, followee=owner)
    follows.follow(follower=owner, followee=person)
    return person


@pytest.fixture
def follower(owner: User) -> User:
    """Follows the owner, who does not follow back."""
    person = _person("follower")
    follows.follow(follower=person, followee=owner)
    return person


@pytest.fixture
def stranger(db: None) -> User:
    """Nobody to the owner."""
    return _person("stranger")


@pytest.fixture
def moderator(db: None) -> User:
    """May hide what others posted."""
    return _person("moderator", is_staff=True, is_superuser=True)


@pytest.fixture
def as_person() -> Callable[[User | None], Client]:
    """A browser signed in as somebody, or as nobody."""

    def sign_in(person: User | None) -> Client:
        browser = Client()
        if person is not None:
            browser.force_login(person)
        return browser

    return sign_in


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Commit:
    """`with commit():` does on leaving what a committed transaction does."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def make_picture(tmp_path: Path) -> MakePicture:
    """Writes real picture files."""
    count = 0

    def make(format: str = "JPEG", *arguments: Any, **options: Any) -> Path:
        nonlocal count
        count += 1
        path = tmp_path / f"picture-{count}.{format.lower()}"
        path.write_bytes(making.picture(format, *arguments, **options))
        return path

    return make


@cache
def _small_picture() -> bytes:
    return making.picture()


@pytest.fixture
def make_upload(db: None, commit: Commit) -> MakeUpload:
    """Receives files as the views do."""

    def make(
        owner: User, path: Path | None = None, *, key: str | None = None, name: str = "a.jpg"
    ) -> Upload:
        content = path.read_bytes() if path else _small_picture()
        with commit():
            return uploads.receive(
                owner=owner, file=making.received(content, name), idempotency_key=key
            )[0]

    return make


@pytest.fixture
def make_post(db: None, commit: Commit) -> MakePost:
    """Makes posts by the way that every post takes."""

    def make(
        author: User,
        photos: int = 1,
        *,
        audience: str = "public",
        ready: bool = True,
        title: str = "",
        caption: str = "",
    ) -> Post:
        return making.published_post(
            author,
            [_small_picture()] * photos,
            commit,
            audience=audience,
            ready=ready,
            title=title,
            caption=caption,
        )

    return make


@pytest.fixture
def small_picture() -> bytes:
    """The bytes of a small JPEG, the same in every test."""
    return _small_picture()


@pytest.fixture(autouse=True)
def _no_leftover_language() -> Iterator[None]:
    """Requests activate a language for their thread; the next test starts without."""
    yield
    from django.utils import translation

    translation.deactivate()
