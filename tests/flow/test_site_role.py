"""The whole site as the plain role of the deployment, on a database made before there was one."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.making import picture
from tests.migrated import execute
from tests.site import ROOT, Site, wait_for

pytestmark = pytest.mark.stack
ROLE = f"notes_site_{secrets.token_hex(4)}"
SECRET = "p@ss/word:with?signs"


def manage(site: Site, *command: str, **env: str) -> str:
    """What a command prints, run as a container would."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**site.env, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site whose database was migrated by the old command, and prepared by the new one."""
    site = Site(empty=True)
    owner = site.stack["DATABASE_URL"]
    try:
        manage(site, "migrate", "--noinput", "-v0")
        parts = urlsplit(owner)
        plain = parts._replace(netloc=f"{ROLE}@{parts.hostname}:{parts.port}").geturl()
        roles = {"DATABASE_URL": plain, "DATABASE_OWNER_URL": owner, "PGPASSWORD": SECRET}
        # Twice: the second time, as at every start of the deployment, nothing is left to do.
        for _time in range(2):
            assert f"as the role {ROLE}" in manage(site, "prepare_database", "-v0", **roles)
        site.stack["DATABASE_URL"] = plain
        site._settings["PGPASSWORD"] = SECRET
        with pytest.MonkeyPatch.context() as patch:
            # For what the test itself asks the database, as that role.
            patch.setenv("PGPASSWORD", SECRET)
            with site:
                yield site
    finally:
        execute(site._maintenance, f'DROP ROLE IF EXISTS "{ROLE}"')


def test_everything_works_and_the_trail_stays(site: Site) -> None:
    assert site.rows("SELECT current_user, session_user") == [(ROLE, ROLE)]
    author, moderator = site.member(), site.moderator()
    path = author.new_post(picture())
    code = path.strip("/").rpartition("/")[2]
    assert site.visitor().get(path).status == 200
    answer = moderator.post(f"/admin/posts/post/hide/?ids={code}", {"reason": "Faces"})
    assert answer.status == 303
    assert site.visitor().get(path).status == 404
    with pytest.raises(Exception, match="permission denied"):
        site.rows("DELETE FROM moderation_auditentry RETURNING 1")
    assert site.rows("SELECT action FROM moderation_auditentry") == [("hide",)]
    assert author.delete(path).status in (200, 204, 303)
    manage(site, "sweep")
    site.rest()
    site.python(
        "from datetime import timedelta\n"
        "from django.utils import timezone\n"
        "from accounts.models import User\n"
        "from leaving import departures, sweep\n"
        "from leaving.models import Departure\n"
        f"departures.leave(User.objects.get(username={author.username!r}))\n"
        "past = timezone.now() - timedelta(minutes=1)\n"
        "User.objects.exclude(leaving_at=None).update(leaving_at=past)\n"
        "Departure.objects.update(due_at=past)\n"
        "sweep.sweep()"
    )
    left = "SELECT 1 FROM accounts_user WHERE username = %s"
    wait_for(lambda: not site.rows(left, author.username), 60, "the account to be erased")
    assert site.rows("SELECT reason FROM moderation_auditentry") == [("Faces",)]
    assert site.tracebacks() == []
