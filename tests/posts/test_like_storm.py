"""Fifty clicks at once: the counter is the number of rows, and no click is answered by an error.

They come as requests do, each with a connection of its own.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from posts import counters
from posts.collecting import collections, saves
from posts.models import CollectionItem, Like, Post, Save
from tests.making import own_connection

CLICKS = 50
SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(owner: User) -> Post:
    """A published post."""
    return Post.objects.create(author=owner, state="published")


def storm(work: Callable[[int], int | None]) -> Counter[object]:
    """What fifty threads that begin together came back with; an exception by its words."""
    start = threading.Barrier(CLICKS)
    answers: list[object] = []

    def run(number: int) -> None:
        with own_connection():
            start.wait()
            try:
                answers.append(work(number))
            except Exception as error:  # noqa: BLE001  (any is a failure of the test)
                answers.append(repr(error))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def people(as_person: SignIn) -> list[Client]:
    """Fifty people with browsers."""
    made = [User.objects.create_user(f"person{number}") for number in range(CLICKS)]
    return [as_person(person) for person in made]


def tabs(person: User, as_person: SignIn) -> list[Client]:
    """Fifty tabs of one browser."""
    first = as_person(person)
    made = [Client() for _ in range(CLICKS)]
    for tab in made:
        tab.cookies = first.cookies
    return made


def likes(post: Post) -> int:
    """How many there are, where the counter says the same and nothing else drifted."""
    assert list(counters.drifts(repair=False)) == []
    told = Post.objects.get(pk=post.pk).like_count
    assert told == Like.objects.filter(post=post).count()
    return told


def test_fifty_people_at_once_are_fifty_likes(post: Post, as_person: SignIn) -> None:
    browsers, address = people(as_person), f"/p/{post.code}/like"
    assert storm(lambda number: browsers[number].post(address).status_code) == {303: CLICKS}
    assert likes(post) == CLICKS
    assert storm(lambda number: browsers[number].delete(address).status_code) == {303: CLICKS}
    assert likes(post) == 0


def test_one_person_in_fifty_tabs_is_one_like(
    post: Post, stranger: User, as_person: SignIn
) -> None:
    browsers, address = tabs(stranger, as_person), f"/p/{post.code}/like"
    assert storm(lambda number: browsers[number].post(address).status_code) == {303: CLICKS}
    assert likes(post) == 1
    assert storm(lambda number: browsers[number].delete(address).status_code) == {303: CLICKS}
    assert likes(post) == 0


def test_likes_and_likes_taken_back_are_mixed(
    post: Post, stranger: User, as_person: SignIn
) -> None:
    """Half are one person who can't decide, half others; each goes back and forth."""
    own, others = tabs(stranger, as_person), people(as_person)
    address = f"/p/{post.code}/like"

    def click(number: int) -> int:
        chance = random.Random(number)
        browser = own[number] if number % 2 else others[number]
        for _ in range(4):
            browser.generic(chance.choice(["POST", "DELETE"]), address)
        # The others come to rest liking it.
        return browser.post(address).status_code if not number % 2 else 303

    assert storm(click) == {303: CLICKS}
    assert likes(post) == CLICKS // 2 + Like.objects.filter(user=stranger).count()


def test_saves_and_collections_stand_the_same(post: Post, stranger: User) -> None:
    """However adding, taking out and letting go meet: what is in a collection is saved, once."""
    shelf = collections.create(owner=stranger, name="Shelf")

    def click(number: int) -> None:
        match number % 4:
            case 0:
                saves.save(user=stranger, post=post)
            case 1:
                collections.add(collection=shelf, post=post)
            case 2:
                saves.unsave(user=stranger, post=post)
            case _:
                collections.remove(collection=shelf, post=post)

    assert storm(click) == {None: CLICKS}
    kept, inside = Save.objects.count(), CollectionItem.objects.count()
    assert inside <= kept <= 1


def test_fifty_posts_put_into_a_collection_at_once_have_fifty_places(
    owner: User, stranger: User
) -> None:
    shelf = collections.create(owner=stranger, name="Shelf")
    posts = [Post.objects.create(author=owner, state="published") for _ in range(CLICKS)]

    def put(number: int) -> None:
        collections.add(collection=shelf, post=posts[number])
        collections.move(
            collection=shelf, post=posts[number], beside=posts[0], earlier=bool(number % 2)
        )

    assert storm(put) == {None: CLICKS}
    places = list(CollectionItem.objects.values_list("position", flat=True))
    assert len(places) == len(set(places)) == CLICKS
    assert Save.objects.count() == CLICKS
