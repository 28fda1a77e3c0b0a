"""Lists of people: theirs alone, exact in their counts, and an audience that acts at once."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ListMember, PeopleList, User
from accounts.models.relations import MAX_LISTS
from accounts.social import lists, relations
from accounts.social.lists import ListRefusedError
from notes_site.ids import encode, new_id
from posts.models import Post
from tests.making import MakePost

SignIn = Callable[[User | None], Client]


@pytest.fixture
def close(owner: User) -> PeopleList:
    """A list of the owner's with nobody on it."""
    return lists.create(owner=owner, name=" Close   friends ")


def test_a_name_is_tidied_and_the_owners_only_once(
    owner: User, stranger: User, close: PeopleList
) -> None:
    assert close.name == "Close friends"
    for name in ("Close friends", " Close  friends", "", "  ", "x" * 51):
        with pytest.raises(ListRefusedError):
            lists.create(owner=owner, name=name)
    assert lists.create(owner=stranger, name="Close friends")
    other = lists.create(owner=owner, name="Family")
    with pytest.raises(ListRefusedError):
        lists.rename(people_list=other, name="Close friends")
    lists.rename(people_list=other, name="Kin")
    assert set(PeopleList.objects.filter(owner=owner).values_list("name", flat=True)) == {
        "Close friends",
        "Kin",
    }


def test_there_are_only_so_many(
    owner: User, stranger: User, friend: User, close: PeopleList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_LISTS", 1)
    monkeypatch.setattr(lists, "MAX_ON_A_LIST", 1)
    with pytest.raises(ListRefusedError):
        lists.create(owner=owner, name="one too many")
    lists.add(people_list=close, person=stranger)
    with pytest.raises(ListRefusedError):
        lists.add(people_list=close, person=friend)
    assert not lists.add(people_list=close, person=stranger), "who is on it is no refusal"


def test_on_it_once_and_off_it_once(owner: User, stranger: User, close: PeopleList) -> None:
    assert lists.add(people_list=close, person=stranger)
    assert not lists.add(people_list=close, person=stranger)
    close.refresh_from_db()
    assert close.member_count == 1
    assert lists.remove(people_list=close, person=stranger)
    assert not lists.remove(people_list=close, person=stranger)
    close.refresh_from_db()
    assert close.member_count == 0
    assert not lists.add(people_list=close, person=owner)


@pytest.mark.parametrize("other_way", [False, True])
def test_nobody_is_put_on_a_list_across_a_block(
    owner: User, stranger: User, close: PeopleList, other_way: bool
) -> None:
    pair = (stranger, owner) if other_way else (owner, stranger)
    relations.block(blocker=pair[0], blocked=pair[1])
    assert not lists.add(people_list=close, person=stranger)
    assert not ListMember.objects.exists()


def test_a_list_that_goes_closes_what_was_shared_with_it(
    owner: User, stranger: User, close: PeopleList, make_post: MakePost
) -> None:
    post = make_post(owner)
    Post.objects.filter(pk=post.pk).update(audience="list", people_list=close)
    seen = Post.objects.visible_to(stranger).filter(pk=post.pk)
    assert not seen.exists()
    lists.add(people_list=close, person=stranger)
    assert seen.exists()
    lists.remove(people_list=close, person=stranger)
    assert not seen.exists()
    lists.add(people_list=close, person=stranger)
    assert lists.delete(people_list=close)
    assert not lists.delete(people_list=close)
    assert not seen.exists()
    assert Post.objects.visible_to(owner).filter(pk=post.pk).exists()


def test_choosing_all_at_once(owner: User, stranger: User, close: PeopleList) -> None:
    kin, club = (lists.create(owner=owner, name=name) for name in ("Kin", "Club"))
    lists.add(people_list=close, person=stranger)
    lists.add(people_list=kin, person=stranger)
    foreign = lists.create(owner=stranger, name="Not mine")
    lists.choose(
        owner=owner, person=stranger, list_ids=[kin.pk, club.pk, foreign.pk], new_name="New"
    )
    on = ListMember.objects.filter(person=stranger).values_list("people_list__name", flat=True)
    assert set(on) == {"Kin", "Club", "New"}
    assert list(PeopleList.objects.order_by("pk").values_list("name", "member_count")) == [
        ("Close friends", 0),
        ("Kin", 1),
        ("Club", 1),
        ("Not mine", 0),
        ("New", 1),
    ]
    with pytest.raises(ListRefusedError):
        lists.choose(owner=owner, person=stranger, list_ids=[], new_name="Kin")
    assert ListMember.objects.count() == 3, "refused, nothing was changed"


def test_making_filling_renaming_deleting_by_its_pages(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(owner)
    assert b"No lists yet" in browser.get("/lists/").content
    answer = browser.post("/lists/", {"name": "Camera club"})
    made = PeopleList.objects.get()
    address = f"/lists/{made.code}/"
    assert (answer.status_code, answer["Location"]) == (303, address)
    again = browser.post("/lists/", {"name": "Camera club"})
    assert again.status_code == 422
    assert b'value="Camera club"' in again.content

    wrong = browser.post(f"{address}members/", {"username": "nobody_here"})
    assert wrong.status_code == 422
    assert b"@nobody_here" in wrong.content
    assert browser.post(f"{address}members/", {"username": " @Stranger "}).status_code == 303
    assert b"/@stranger/" in browser.get(address).content
    assert browser.post(f"{address}members/stranger", {"_method": "delete"}).status_code == 303
    assert not ListMember.objects.exists()
    assert browser.post(f"{address}members/stranger").status_code == 303
    assert ListMember.objects.exists()

    assert browser.post(address, {"name": "Darkroom"}).status_code == 303
    assert b"Darkroom" in browser.get("/lists/").content
    assert browser.post(address, {"name": ""}).status_code == 422
    gone = browser.post(address, {"_method": "delete"})
    assert (gone.status_code, gone["Location"]) == (303, "/lists/")
    assert not PeopleList.objects.exists()


def test_choosing_lists_from_a_profile(
    owner: User, stranger: User, close: PeopleList, as_person: SignIn
) -> None:
    browser = as_person(owner)
    page = browser.get("/@stranger/lists/").content
    assert f'value="{close.code}"'.encode() in page
    answer = browser.post("/@stranger/lists/", {"lists": [close.code], "name": "Kin"})
    assert (answer.status_code, answer["Location"]) == (303, "/@stranger/")
    assert ListMember.objects.filter(person=stranger).count() == 2
    assert b"checked" in browser.get("/@stranger/lists/").content
    assert browser.post("/@stranger/lists/", {"name": "Kin"}).status_code == 422
    assert browser.post("/@stranger/lists/", {"lists": ["no id"]}).status_code == 400
    assert browser.post("/@stranger/lists/", {}).status_code == 303
    assert not ListMember.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete"])
def test_anothers_list_is_like_one_that_never_was(
    method: str, owner: User, stranger: User, friend: User, close: PeopleList, as_person: SignIn
) -> None:
    lists.add(people_list=close, person=friend)
    nowhere = encode(new_id())
    for person in (stranger, friend):
        for end in ("", "members/", "members/friend"):
            call = getattr(as_person(person), method)
            mine, never = (call(f"/lists/{code}/{end}") for code in (close.code, nowhere))
            assert mine.status_code == never.status_code in (404, 405)
            assert mine.content == never.content
    assert ListMember.objects.count() == 1


def test_a_lists_page_asks_no_more_for_many(
    owner: User, close: PeopleList, as_person: SignIn
) -> None:
    browser = as_person(owner)

    def queries() -> list[int]:
        found = []
        for address in ("/lists/", f"/lists/{close.code}/", "/@person0/lists/"):
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 200
            found.append(len(captured))
        return found

    for number in range(3):
        person = User.objects.create_user(f"person{number}")
        lists.add(people_list=close, person=person)
    few = queries()
    for number in range(3, 33):
        person = User.objects.create_user(f"person{number}")
        lists.add(people_list=close, person=person)
        lists.create(owner=owner, name=f"list {number}")
    assert queries() == few
    assert max(few) <= 8


def test_members_page_by_page(owner: User, close: PeopleList, as_person: SignIn) -> None:
    names = {f"person{number}" for number in range(35)}
    for name in sorted(names):
        lists.add(people_list=close, person=User.objects.create_user(name))
    browser = as_person(owner)
    first = browser.get(f"/lists/{close.code}/").text
    more = first.split('<a class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(more, headers={"HX-Request": "true"}).text
    assert "<html" not in second
    shown = first + second
    assert {name for name in names if f'href="/@{name}/"' in shown} == names
    assert MAX_LISTS == 50


def test_a_nul_in_a_name_does_no_harm(owner: User, close: PeopleList, as_person: SignIn) -> None:
    browser = as_person(owner)
    for address in ("/lists/", f"/lists/{close.code}/"):
        assert browser.post(address, {"name": "\0"}).status_code == 422, address
    assert browser.post("/lists/", {"name": "Ann\0Bob"}).status_code == 303
    assert PeopleList.objects.filter(owner=owner, name="Ann Bob").exists()
    members = f"/lists/{close.code}/members/"
    assert browser.post(members, {"username": "a\0b"}).status_code == 422
