"""Collections: their order, their limits, and that nobody sees in one what they may not see."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.models import Block, Follow, User
from notes_site.ids import new_id
from posts import urls
from posts.collecting import collections
from posts.models import Collection, CollectionItem, Post, Save
from tests.making import MakePost
from tests.posts.test_matrix import METHODS, answer
from tests.posts.test_saves import copies

SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Cards live in the process, beyond a test."""
    caches["fragments"].clear()


@pytest.fixture
def shelf(friend: User) -> Collection:
    """A public collection."""
    return collections.create(owner=friend, name="Kitchens", is_public=True)


def order(shelf: Collection) -> list[str]:
    return [item.post.title for item in shelf.items.order_by("-position").select_related("post")]


def fill(shelf: Collection, post: Post, names: str) -> dict[str, Post]:
    """Posts called by one letter each, put in so that they stand in this order."""
    made = dict(zip(names, copies(post, len(names)), strict=True))
    for name in reversed(names):
        Post.objects.filter(pk=made[name].pk).update(title=name)
        collections.add(collection=shelf, post=made[name])
    return made


def test_followers_of_the_owner_are_not_read_for_who_may_see_it(
    shelf: Collection, stranger: User
) -> None:
    seen = Collection.objects.visible_to(stranger).filter(pk=shelf.pk)
    assert 'JOIN "accounts_follow"' not in str(seen.query)
    assert "DISTINCT" not in str(seen.query)
    User.objects.filter(pk=shelf.owner_id).update(is_private=True)
    assert not seen.exists()
    Follow.objects.create(follower=stranger, followee=shelf.owner)
    assert seen.exists()


@pytest.mark.parametrize("name", ["Kit\0chens", "x" * 61])
def test_a_name_that_cannot_be_kept_is_refused_with_a_word(
    name: str, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    answer = as_person(owner).post(f"/p/{make_post(owner).code}/collect/", {"name": name})
    choice = answer.context["choice"]
    assert (answer.status_code, choice["name"]) == (422, name)
    assert choice["problem"]
    assert not owner.collections.exists()


def test_the_newest_comes_first_and_each_once(
    shelf: Collection, owner: User, make_post: MakePost
) -> None:
    made = fill(shelf, make_post(owner), "ABC")
    assert order(shelf) == ["A", "B", "C"]
    assert not collections.add(collection=shelf, post=made["C"])
    assert collections.remove(collection=shelf, post=made["B"])
    assert not collections.remove(collection=shelf, post=made["B"])
    assert order(shelf) == ["A", "C"]
    assert Save.objects.filter(user=shelf.owner).count() == 3, "what is taken out stays saved"
    assert collections.delete(shelf)
    assert not collections.delete(shelf)
    assert Save.objects.count() == 3


@pytest.mark.parametrize("earlier", [True, False])
@pytest.mark.parametrize("holes", ["", "B", "D"])
def test_every_post_can_go_beside_every_other(
    earlier: bool, holes: str, shelf: Collection, owner: User, make_post: MakePost
) -> None:
    made = fill(shelf, make_post(owner), "ABCDE")
    for name in holes:
        collections.remove(collection=shelf, post=made[name])
    for moving in order(shelf):
        for beside in [name for name in order(shelf) if name != moving]:
            rest = [name for name in order(shelf) if name != moving]
            rest.insert(rest.index(beside) + (not earlier), moving)
            moved = collections.move(
                collection=shelf, post=made[moving], beside=made[beside], earlier=earlier
            )
            assert moved
            assert order(shelf) == rest
            places = list(shelf.items.values_list("position", flat=True))
            assert len(places) == len(set(places))
    assert not collections.move(
        collection=shelf, post=made["A"], beside=make_post(owner), earlier=True
    )


def test_there_are_limits_and_names_are_ones_own(
    friend: User, stranger: User, owner: User, make_post: MakePost, monkeypatch: Any
) -> None:
    monkeypatch.setattr(collections, "MAX_COLLECTIONS", 2)
    monkeypatch.setattr(collections, "MAX_ITEMS", 2)
    first = collections.create(owner=friend, name="One")
    with pytest.raises(collections.NameTakenError, match="already"):
        collections.create(owner=friend, name="One")
    second = collections.create(owner=friend, name="Two")
    with pytest.raises(collections.NameTakenError):
        collections.change(second, name="One", description="", is_public=True)
    collections.change(first, name="One", description="the first", is_public=True)
    with pytest.raises(collections.TooManyError, match="2 collections"):
        collections.create(owner=friend, name="Three")
    assert collections.create(owner=stranger, name="One")
    made = copies(make_post(owner), 3)
    for post in made[:2]:
        collections.add(collection=first, post=post)
    with pytest.raises(collections.TooManyError, match="already has 2 posts"):
        collections.add(collection=first, post=made[2])
    assert not collections.add(collection=first, post=made[0]), "in it already"


def test_one_is_made_changed_and_deleted_without_scripts(friend: User, as_person: SignIn) -> None:
    browser = as_person(friend)
    made = browser.post("/collections/new", {"name": " Kitchens ", "description": "<b>"})
    shelf = Collection.objects.get()
    assert (made.status_code, made["Location"]) == (303, shelf.get_absolute_url())
    assert (shelf.name, shelf.is_public) == ("Kitchens", False)
    again = browser.post("/collections/new", {"name": "Kitchens", "description": "kept"})
    assert again.status_code == 422
    assert b"You already have a collection called" in again.content
    assert b"kept</textarea>" in again.content
    edit = f"{shelf.get_absolute_url()}edit/"
    assert b"&lt;b&gt;" in browser.get(edit).content
    assert browser.post(edit, {"name": ""}).status_code == 422
    changed = browser.post(edit, {"name": "Baths", "is_public": "on"})
    assert (changed.status_code, changed["Location"]) == (303, shelf.get_absolute_url())
    shelf.refresh_from_db()
    assert (shelf.name, shelf.description, shelf.is_public) == ("Baths", "", True)
    assert browser.post(shelf.get_absolute_url()).status_code == 405
    gone = browser.post(shelf.get_absolute_url(), {"_method": "delete"})
    assert gone["Location"] == "/collections/"
    assert not Collection.objects.exists()


def test_posts_are_put_in_ordered_and_taken_out_without_scripts(
    shelf: Collection, friend: User, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    browser = as_person(friend)
    made = fill(shelf, make_post(owner), "ABCD")

    def click(name: str, rest: str = "", **data: str) -> None:
        address = f"/collections/{shelf.code}/items/{made[name].code}{rest}"
        answer = browser.post(address, data)
        assert answer.status_code == 303, (name, rest, data)

    click("C", "/place", step="up")
    assert order(shelf) == ["A", "C", "B", "D"]
    click("A", "/place", step="up")
    click("A", "/place", step="down")
    assert order(shelf) == ["C", "A", "B", "D"]
    click("D", "/place", before=made["C"].code)
    click("C", "/place", after=made["B"].code)
    assert order(shelf) == ["D", "A", "B", "C"]
    Post.objects.filter(pk=made["A"].pk).update(hidden_at=timezone.now())
    click("B", "/place", step="up")
    assert order(shelf)[0] == "B", "past the one that its owner doesn't see"
    click("D", "/cover")
    shelf.refresh_from_db()
    assert shelf.cover == made["D"]
    click("D", "", _method="delete")
    shelf.refresh_from_db()
    assert order(shelf) == ["B", "A", "C"]
    assert Collection.objects.get().cover is None
    click("D")
    assert order(shelf)[0] == "D"
    address = f"/collections/{shelf.code}/items/{made['D'].code}/place"
    assert browser.post(address, {"before": "0OIl"}).status_code == 400


def test_choosing_ticks_unticks_and_makes_one(
    shelf: Collection, friend: User, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    other = collections.create(owner=friend, name="Other")
    browser, address = as_person(friend), f"/p/{post.code}/collect/"
    collections.add(collection=other, post=post)
    page = browser.get(address).content.decode()
    assert re.findall(r'value="(\w+)" checked', page) == [other.code]
    offered = [shelf.code, other.code]
    meanwhile = collections.create(owner=friend, name="Meanwhile")
    collections.add(collection=meanwhile, post=post)
    told = browser.post(address, {"offered": offered, "in": [shelf.code], "name": "New one"})
    assert (told.status_code, told["Location"]) == (303, f"/p/{post.code}/")
    inside = Collection.objects.filter(items__post=post)
    assert set(inside.values_list("name", flat=True)) == {"Kitchens", "Meanwhile", "New one"}
    assert not Collection.objects.get(name="New one").is_public
    refused = browser.post(address, {"offered": offered, "in": [other.code], "name": "Other"})
    assert refused.status_code == 422
    assert not other.items.exists(), "nothing of it is done"
    htmx = {"HX-Request": "true"}
    assert b"<html" not in browser.get(address, headers=htmx).content
    done = browser.post(address, {"offered": offered}, headers=htmx)
    assert 'data-hx-swap-oob="true"' in done.content.decode()
    assert "notes:say" in done["HX-Trigger"]


def test_those_of_others_can_not_be_chosen(
    shelf: Collection, stranger: User, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    browser = as_person(stranger)
    browser.post(f"/p/{post.code}/collect/", {"offered": [shelf.code], "in": [shelf.code]})
    assert not CollectionItem.objects.exists()


def addresses() -> Iterator[tuple[str, list[str]]]:
    """Every address that names a collection by its id."""
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        names = list(pattern.pattern.converters)
        if "collection_id" in names:
            yield f"posts:{pattern.name}", names


def close(kind: str, shelf: Collection, person: User | None) -> None:
    """Make it one that the person may not see."""
    owner = User.objects.filter(pk=shelf.owner_id)
    if kind == "private":
        Collection.objects.filter(pk=shelf.pk).update(is_public=False, name="Secret")
    elif kind == "followers":
        owner.update(is_private=True)
    elif kind in ("suspended", "leaving"):
        owner.update(**{f"{kind}_at": timezone.now()})
    else:
        assert person
        blocker, blocked = (person, shelf.owner) if kind == "blocked" else (shelf.owner, person)
        Block.objects.create(blocker=blocker, blocked=blocked)


@pytest.mark.parametrize("who", ["visitor", "stranger", "moderator"])
def test_for_whom_may_not_see_it_it_never_was(
    who: str, shelf: Collection, stranger: User, moderator: User, owner: User,
    make_post: MakePost, as_person: SignIn,
) -> None:  # fmt: skip
    person = {"visitor": None, "stranger": stranger, "moderator": moderator}[who]
    post = make_post(owner)
    collections.add(collection=shelf, post=post)
    browser = as_person(person)
    ids, none = ({"collection_id": pk, "post_id": post.pk} for pk in (shelf.pk, new_id()))
    asked = []
    for name, wanted in addresses():
        there, nowhere = (reverse(name, args=[of[each] for each in wanted]) for of in (ids, none))
        asked += [(method, there, answer(browser, method, nowhere)) for method in METHODS]
    assert len(asked) >= 5 * len(METHODS)
    assert {never[0] for _method, _there, never in asked} <= {302, 401, 404, 405}
    kinds = ["private", "suspended", "leaving", "followers", "blocked", "blocking"]
    for kind in kinds if person else kinds[:4]:
        with transaction.atomic():
            close(kind, shelf, person)
            for method, there, never in asked:
                assert answer(browser, method, there) == never, (kind, method, there)
            transaction.set_rollback(True)


def test_a_public_one_can_be_read_by_others_but_not_changed(
    shelf: Collection, stranger: User, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="Stove")
    collections.add(collection=shelf, post=post)
    for person in (None, stranger, owner):
        browser = as_person(person)
        page = browser.get(shelf.get_absolute_url()).content.decode()
        assert "Stove" in page
        assert "/edit/" not in page
        there = f"/collections/{shelf.code}/"
        item = f"{there}items/{post.code}"
        for method, address in (
            ("get", f"{there}edit/"), ("post", f"{there}edit/"), ("delete", there),
            ("post", item), ("delete", item), ("post", f"{item}/place"), ("post", f"{item}/cover"),
        ):  # fmt: skip
            refused = getattr(browser, method)(address).status_code
            assert refused == (404 if person else 302), (method, address)
    assert order(shelf) == ["Stove"]


def test_a_private_accounts_collection_is_for_its_followers(
    shelf: Collection, friend: User, owner: User, follower: User, as_person: SignIn
) -> None:
    User.objects.filter(pk=friend.pk).update(is_private=True)
    assert Follow.objects.filter(follower=owner, followee=friend).exists()
    assert as_person(owner).get(shelf.get_absolute_url()).status_code == 200
    assert as_person(follower).get(shelf.get_absolute_url()).status_code == 404
    assert as_person(friend).get(shelf.get_absolute_url()).status_code == 200


# Who sees a post of the owner's in a friend's public collection.
SEES: dict[str, set[str]] = {
    "public": {"visitor", "stranger", "follower", "friend", "owner", "moderator"},
    "unlisted": {"friend", "owner"},
    "followers": {"follower", "friend", "owner", "moderator"},
    "friends": {"friend", "owner", "moderator"},
    "self": {"owner"},
    "hidden": {"owner", "moderator"},
    "processing": set(),
    "deleted": set(),
    "suspended": {"moderator"},
    "blocked": {"visitor", "follower", "friend", "owner", "moderator"},
}


@pytest.mark.parametrize("kind", SEES)
def test_in_a_collection_everyone_sees_what_they_may_see_anyway(
    kind: str, shelf: Collection, owner: User, friend: User, follower: User, stranger: User,
    moderator: User, make_post: MakePost, as_person: SignIn,
) -> None:  # fmt: skip
    post = make_post(owner, title="Secret")
    collections.add(collection=shelf, post=post)
    collections.choose_cover(collection=shelf, post=post)
    posts = Post.objects.filter(pk=post.pk)
    if kind in ("processing", "deleted"):
        posts.update(state=kind)
    elif kind == "hidden":
        posts.update(hidden_at=timezone.now())
    elif kind == "suspended":
        User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    elif kind == "blocked":
        Block.objects.create(blocker=owner, blocked=stranger)
    else:
        posts.update(audience=kind)
    everyone = {"visitor": None, "stranger": stranger, "follower": follower, "friend": friend,
                "owner": owner, "moderator": moderator}  # fmt: skip
    for who, person in everyone.items():
        if kind == "suspended" and who == "owner":
            continue
        page = as_person(person).get(shelf.get_absolute_url()).content.decode()
        sees = who in SEES[kind]
        assert ("Secret" in page, post.code in page) == (sees, sees), who
        assert ("1 post" in page.partition("shelf-line")[2].partition("</header>")[0]) == sees or (
            who == "friend" and "1 post is no longer visible to you" in page
        ), who
    mine = as_person(friend).get("/collections/").content.decode()
    assert (post.cover_picture is not None and post.cover["thumbhash"] in mine) == (
        "friend" in SEES[kind]
    )


def test_covers_are_the_first_four_or_the_chosen_one(
    shelf: Collection, friend: User, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    made = fill(shelf, make_post(owner), "ABCDE")
    browser = as_person(friend)

    def pictures() -> int:
        page = browser.get("/collections/").content.decode()
        card = page.partition("Kitchens")[0].rpartition('class="shelf-card"')[2]
        return card.count("<img")

    assert pictures() == 4
    collections.choose_cover(collection=shelf, post=made["E"])
    assert pictures() == 1
    Post.objects.filter(pk=made["E"].pk).update(hidden_at=timezone.now())
    assert pictures() == 4, "a cover out of sight gives way to the first"


@pytest.mark.parametrize("signed_in", [True, False])
def test_queries_do_not_grow_with_posts_or_collections(
    signed_in: bool, shelf: Collection, friend: User, owner: User, make_post: MakePost,
    as_person: SignIn,
) -> None:  # fmt: skip
    post = make_post(owner)
    there = f"/collections/{shelf.code}/"
    pages = [there, "/collections/", f"{there}edit/", f"/p/{post.code}/collect/"]
    browser = as_person(friend if signed_in else None)
    counts = []
    for number in (3, 27):
        for index, one in enumerate(copies(post, number)):
            collections.add(collection=shelf, post=one)
            more = collections.create(owner=friend, name=f"Number {number} {index}")
            collections.add(collection=more, post=one)
        counts.append([queries(browser, page) for page in (pages if signed_in else pages[:1])])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


def queries(browser: Client, page: str) -> int:
    browser.get(page)
    caches["fragments"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(page).status_code == 200
    return len(captured)


def test_pages_go_on(
    shelf: Collection, friend: User, owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    for one in copies(make_post(owner), 30):
        collections.add(collection=shelf, post=one)
    browser = as_person(None)
    page = browser.get(shelf.get_absolute_url())
    rest = browser.get(page.context["next_url"], headers={"HX-Request": "true"})
    found = re.findall(rb'class="card-link" href="([^"]+)"', page.content + rest.content)
    assert len(found) == len(set(found)) == 30
