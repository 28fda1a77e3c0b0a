"""Every address there is, by every method: a secret thing answers as one that never was."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import PeopleList
from feed.models import MutedWord
from leaving.models import Export
from notes_site.ids import encode, new_id, random_key
from posts.models import Collection, Comment, Upload
from tests.authorization.surfaces import answer
from tests.authorization.test_matrix import ROWS, Record
from tests.authorization.world import World, undone

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
VIEWERS = ("anonymous", "stranger", "pending", "follower", "blocked", "blocker", "suspended")
# Others' code: its own tests know what an address of it may tell.
FOREIGN = ("admin", "account", "mfa", "usersessions")
# What is no row of anybody's: words, times, and secrets that are the right to look.
NOBODYS = {"year", "month", "token", "key", "path"}


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each address of ours that names something, and what it names it by."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, entry.namespace or space)
        elif space and entry.name and not entry.name.startswith(FOREIGN) and space not in FOREIGN:
            names = entry.pattern.converters
            if names and not set(names) & NOBODYS:
                yield f"{space}:{entry.name}", names


ADDRESSES = sorted(patterns(get_resolver()), key=lambda pair: pair[0])


@pytest.fixture(scope="module")
def secrets(world: World, django_db_blocker: Any) -> dict[str, Any]:
    """Things that are there, and nobody's business but their owner's."""
    shown = world.exhibits["self"]
    with django_db_blocker.unblock():
        kept = Collection.objects.create(owner=shown.author, name="Kept")
        said = Comment.objects.get(post=shown.post)
        upload = Upload.objects.get(photo=shown.photo_id)
        download = Export.objects.create(user=shown.author)
        muted = MutedWord.objects.create(person=shown.author, word="kept", written="Kept")
        passkey = Authenticator.objects.create(
            user=shown.author, type=Authenticator.Type.WEBAUTHN, data={}
        )
        device = UserSession.objects.create(
            user=shown.author, ip="203.0.113.7", user_agent="x", session_key="of-the-author"
        )
        return {
            "post_id": shown.post.pk,
            "photo_id": shown.photo_id,
            "upload_id": upload.pk,
            "comment_id": said.pk,
            "collection_id": kept.pk,
            "list_id": PeopleList.objects.get(owner=shown.author).pk,
            "export_id": download.pk,
            "username": world.authors["author_suspended"].username,
            "word_id": muted.pk,
            "pk": passkey.pk,
            "device": device.pk,
            "name": shown.renditions["w320"].rpartition("/")[2],
        }


def never(name: str) -> Any:
    """What never was, in the same form."""
    if name == "username":
        return "nobody_is_called_so"
    return f"{random_key()}.webp" if name == "name" else new_id()


# In one run with the others, so that the world is built once.
@pytest.mark.django_db
def test_every_kind_of_thing_is_known(secrets: dict[str, Any]) -> None:
    unknown = {each for _name, names in ADDRESSES for each in names} - set(secrets)
    assert unknown == set()
    assert len(ADDRESSES) >= 50


@pytest.mark.django_db
@pytest.mark.parametrize("address", [name for name, _names in ADDRESSES])
def test_a_secret_answers_as_what_never_was(
    address: str, world: World, secrets: dict[str, Any], record_property: Record
) -> None:
    names = dict(ADDRESSES)[address]
    there = reverse(address, kwargs={name: secrets[name] for name in names})
    nowhere = reverse(address, kwargs={name: never(name) for name in names})
    for viewer in VIEWERS:
        for method in METHODS:
            found = asked(world, viewer, method, there)
            assert found == asked(world, viewer, method, nowhere), (viewer, method, there)
            assert found.status in (302, 303, 401, 404, 405), (viewer, method, found.status)
            for secret in (secrets["username"], encode(secrets["post_id"])):
                assert secret.encode() not in found.body
    record_property("cells", len(VIEWERS) * len(METHODS))


def asked(world: World, viewer: str, method: str, address: str) -> Any:
    """One answer; what it changed is taken back."""
    browser: Client = world.browser(viewer, "self")
    with undone():
        return answer(browser, method, address, {})


def test_nothing_of_ours_is_left_out() -> None:
    """Fails when an address names a thing by something this test does not know."""
    spaces = {name.partition(":")[0] for name, _names in ADDRESSES}
    assert {"accounts", "posts", "feed", "moderation", "leaving"} <= spaces


def test_no_cell_is_lost() -> None:
    """The matrix with its addresses; whoever adds to them writes the new number here."""
    cells = sum(len(row) for _surface, _state, row in ROWS)
    assert cells + len(ADDRESSES) * len(VIEWERS) * len(METHODS) == 7610
