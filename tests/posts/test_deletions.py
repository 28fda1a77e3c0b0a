"""After a deletion: nothing on any page, everything out of storage, and a receipt of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from notes_site.ids import encode, new_id
from notes_site.storage import media
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Erasure, Post
from posts.pipeline import erase
from posts.sweep import sweep
from posts.views import deletions
from tests import making
from tests.making import MakePost

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def keys_of(post: Post) -> list[str]:
    """Every object of a post."""
    photos = post.photos.all()
    return [
        key
        for photo in photos
        for key in (photo.original_key, *photo.renditions.values_list("key", flat=True))
    ]


@pytest.fixture
def post(owner: User, make_post: MakePost) -> Post:
    """A public post with two photos, its objects where they belong, and nothing left to erase."""
    made = make_post(owner, photos=2, title="Harbour", caption="Low water #dawn")
    erase.erase_due()
    return made


def test_deleting_leads_to_the_receipt(post: Post, owner: User, as_person: SignIn) -> None:
    keys = keys_of(post)
    browser = as_person(owner)
    answer = browser.delete(f"/p/{post.code}/")
    address = f"/deletions/{post.code}/"
    assert (answer.status_code, answer["Location"]) == (303, address)
    page = browser.get(address)
    assert f"0 of {len(keys)} gone." in words(page)
    assert "continues on its own" in words(page)
    assert 'data-hx-trigger="every 1s"' in page.content.decode()
    assert '<meta http-equiv="refresh"' in page.content.decode(), "without JavaScript too"

    first = Erasure.objects.filter(post_id=post.pk, key=keys[0])
    Erasure.objects.filter(pk=first.get().pk).update(erased_at=timezone.now())
    assert f"1 of {len(keys)} gone." in words(browser.get(address))

    erase.erase_due()
    page = browser.get(address)
    text = page.content.decode()
    assert f"{len(keys)} of {len(keys)} gone. Nothing is left in storage." in words(page)
    assert "every 1s" not in text
    assert "refresh" not in text
    rows = re.findall(r"<td>([^<]+)</td>\s*<td><code>([^<]+)</code>", text)
    assert [kind for kind, _name in rows[:3]] == ["Original", "Original", "Picture, WebP"]
    assert {name.rstrip("…") for _kind, name in rows} == {key.split("/")[-1][:8] for key in keys}
    assert len(rows) == len(keys) == text.count("<time datetime=")
    assert "no-store" in page["Cache-Control"]


def test_the_receipt_stays_and_is_nobody_elses(
    post: Post, owner: User, moderator: User, stranger: User, as_person: SignIn
) -> None:
    address = f"/deletions/{post.code}/"
    nothing = as_person(owner).get(f"/deletions/{encode(new_id())}/").content
    living = as_person(owner).get(address)
    assert (living.status_code, living.content) == (404, nothing), "not deleted"
    publishing.delete_post(post)
    erase.erase_due()
    assert as_person(owner).get(address).status_code == 200
    for person in (stranger, moderator):
        answer = as_person(person).get(address)
        assert (answer.status_code, answer.content) == (404, nothing)
    assert as_person(None).get(address).status_code == 302


def test_what_went_before_the_deletion_is_no_part_of_it(
    post: Post, owner: User, as_person: SignIn
) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    Erasure.objects.create(
        key="private/renditions/before.webp", post_id=post.pk, owner_id=owner.pk,
        due_at=long_ago, erased_at=long_ago,
    )  # fmt: skip
    still = Erasure.objects.create(
        key="private/renditions/replaced.webp", post_id=post.pk, owner_id=owner.pk,
        due_at=timezone.now() + timedelta(seconds=40),
    )  # fmt: skip
    count = len(keys_of(post))
    publishing.delete_post(post)
    page = as_person(owner).get(f"/deletions/{post.code}/")
    assert f"0 of {count + 1} gone." in words(page)
    assert erase.erase_due() == count + 1, "what was to go later goes now"
    still.refresh_from_db()
    assert still.erased_at


def test_a_post_without_photos(owner: User, as_person: SignIn) -> None:
    draft = Post.objects.create(author=owner, state="draft")
    publishing.delete_post(draft)
    page = as_person(owner).get(f"/deletions/{draft.code}/")
    assert "It had no photos" in words(page)
    assert "every 1s" not in page.content.decode()


def test_the_list_is_newest_first_and_pages(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deletions, "RECEIPTS_A_PAGE", 2)
    browser = as_person(owner)
    assert "No deleted posts" in words(browser.get("/settings/deletions/"))
    posts = [make_post(owner) for _ in range(5)]
    theirs = make_post(friend)
    for one in (*posts[:4], theirs):
        publishing.delete_post(one)
        if one == posts[0]:
            erase.erase_due()
    found: list[str] = []
    address = "/settings/deletions/"
    for size in (2, 2):
        page = browser.get(address)
        codes = re.findall(r'href="/deletions/(\w+)/"', page.content.decode())
        assert len(codes) == size
        found += codes
        more = re.search(r'href="([^"]+)" rel="next"', page.content.decode())
        address = more.group(1).replace("&amp;", "&") if more else ""
    assert address == ""
    assert found == [one.code for one in reversed(posts[:4])]
    text = words(page)
    assert re.search(r"all \d files gone", text)
    assert re.search(r"0 of \d gone", text)


def test_the_list_costs_the_same_however_long(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    browser = as_person(owner)

    def queries() -> int:
        browser.get("/settings/deletions/")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/settings/deletions/")
        return len(captured)

    publishing.delete_post(make_post(owner))
    before = queries()
    for _ in range(4):
        publishing.delete_post(make_post(owner))
    assert queries() == before


def surfaces(post: Post) -> list[str]:
    """Every page that shows a post to whoever looks."""
    return [
        "/", "/?tab=latest", "/topics/dawn/", f"/@{post.author.username}/", f"/p/{post.code}/",
        f"/p/{post.code}/history/", f"/p/{post.code}/comments/",
    ]  # fmt: skip


def test_no_page_shows_anything_of_it_from_that_moment(
    post: Post, owner: User, friend: User, stranger: User, as_person: SignIn
) -> None:
    caches["pages"].clear()
    comments.write(author=friend, post=post, text="Cold and lovely")
    other = {address: f"/media/{address.rpartition('/')[2]}" for address in keys_of(post)}
    traces = ["Harbour", "Low water", "Cold and lovely", "photo 1", post.code]
    traces += [key.rpartition("/")[2] for key in other]
    viewers = [as_person(person) for person in (None, owner, friend, stranger)]
    for browser in viewers:
        shown = "".join(browser.get(a).content.decode() for a in surfaces(post) for _ in range(2))
        assert all(trace in shown for trace in traces[:4]), "every page was kept somewhere"
    kept = viewers[0].get("/")["ETag"]

    publishing.delete_post(post)
    for browser in viewers:
        for address in surfaces(post):
            answer = browser.get(address)
            body = answer.content.decode()
            assert [trace for trace in traces if trace in body] == [], address
    again = viewers[0].get("/", headers={"If-None-Match": kept})
    assert again.status_code == 200, "the copy in the visitor's browser is not said to be good"
    for browser in viewers:
        for address in other.values():
            assert browser.get(address).status_code == 404
    row = Post.objects.get(pk=post.pk)
    assert (row.title, row.caption, row.cover, row.mentions) == ("", "", {}, [])


def test_no_address_of_its_pictures_answers_once_they_are_gone(
    post: Post, owner: User, client: Client, on_files: None, make_post: MakePost
) -> None:
    post = make_post(owner)
    names = [key.rpartition("/")[2] for key in keys_of(post) if key.startswith("public/")]
    assert names
    for name in names:
        assert client.get(f"/renditions/{name}").status_code == 200
    publishing.delete_post(post)
    erase.erase_due()
    for name in names:
        for room in ("renditions", "media"):
            assert client.get(f"/{room}/{name}").status_code == 404


def test_through_an_outage_of_the_storage(
    post: Post, owner: User, as_person: SignIn, settings: Any
) -> None:
    here, keys = settings.STORAGES, keys_of(post)
    browser = as_person(owner)
    settings.STORAGES = making.storage_away(here)
    assert browser.delete(f"/p/{post.code}/").status_code == 303
    assert as_person(None).get(f"/p/{post.code}/").status_code == 404, "hidden at once"
    sweep()
    # An outage of hours: each was tried so often that its waits don't grow any more.
    Erasure.objects.filter(erased_at=None).update(due_at=timezone.now(), attempts=99)
    sweep()
    page = browser.get(f"/deletions/{post.code}/")
    assert f"0 of {len(keys)} gone." in words(page)
    assert "ask again every half minute until everything is gone." in words(page)

    # It is back: what a sweep every 20 s erases within a minute, however long it was away.
    settings.STORAGES = here
    assert all(media().exists(key) for key in keys)
    latest = max(Erasure.objects.filter(erased_at=None).values_list("due_at", flat=True))
    assert latest - timezone.now() <= timedelta(seconds=40 - 10)
    Erasure.objects.filter(erased_at=None).update(due_at=timezone.now())
    sweep()
    assert not any(media().exists(key) for key in keys)
    assert "Nothing is left in storage." in words(browser.get(f"/deletions/{post.code}/"))
