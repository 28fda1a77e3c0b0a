"""Pages of people: buttons that say what is, lists that page, nothing told to who is blocked."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Block, Follow, FollowRequest, Mute, Restriction, User
from accounts.social import follows, lists, relations

SignIn = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}
METHODS = ("get", "head", "post", "put", "delete", "options")
# What each address of a person does, with what it needs.
ADDRESSES = (
    "/@{}/follow",
    "/@{}/follower",
    "/@{}/block",
    "/@{}/mute",
    "/@{}/restrict",
    "/@{}/lists/",
    "/@{}/followers/",
    "/@{}/following/",
    "/requests/{}",
)


def private(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_private=True)


def queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def label(answer: Any) -> str:
    """What the button says, without what is said to screen readers only."""
    found = re.search(r"<button[^>]*>(?:<svg.*?</svg>\s*)?([^<]+)<", answer.content.decode())
    assert found
    return found.group(1).strip()


def test_the_button_says_what_is(
    owner: User, friend: User, follower: User, stranger: User, as_person: SignIn
) -> None:
    address = "/@owner/follow"
    assert label(as_person(friend).post(address, headers=HTMX)) == "Friends"
    assert label(as_person(friend).delete(address, headers=HTMX)) == "Follow back"
    assert label(as_person(follower).post(address, headers=HTMX)) == "Following"
    assert label(as_person(follower).delete(address, headers=HTMX)) == "Follow"
    private(owner)
    asked = as_person(stranger).post(address, headers=HTMX)
    assert label(asked) == "Requested"
    assert b'name="_method" value="delete"' in asked.content
    assert FollowRequest.objects.get().requester == stranger
    assert label(as_person(stranger).delete(address, headers=HTMX)) == "Follow"
    assert not FollowRequest.objects.exists()


@pytest.mark.parametrize("other_way", [False, True])
def test_across_a_block_there_is_nobody(
    owner: User, stranger: User, as_person: SignIn, other_way: bool
) -> None:
    pair = (stranger, owner) if other_way else (owner, stranger)
    relations.block(blocker=pair[0], blocked=pair[1])
    browser = as_person(stranger)
    for address in ADDRESSES:
        if address == "/@{}/block" and other_way:
            continue
        for method in METHODS:
            there = getattr(browser, method)(address.format("owner"))
            nowhere = getattr(browser, method)(address.format("nobody_here"))
            assert there.status_code == nowhere.status_code, (method, address)
            assert there.content == nowhere.content, (method, address)
            assert there.status_code in (404, 405), (method, address)
    assert Block.objects.count() == 1


@pytest.mark.parametrize("gone", ["suspended_at", "leaving_at"])
def test_who_is_not_there_is_like_nobody(
    gone: str, owner: User, stranger: User, as_person: SignIn
) -> None:
    User.objects.filter(pk=owner.pk).update(**{gone: timezone.now()})
    browser = as_person(stranger)
    for address in ADDRESSES:
        for method in METHODS:
            there = getattr(browser, method)(address.format("owner"))
            nowhere = getattr(browser, method)(address.format("nobody_here"))
            assert there.status_code == nowhere.status_code in (404, 405), (method, address)
            assert there.content == nowhere.content, (method, address)


def test_visitors_sign_in_first(owner: User, client: Client) -> None:
    pages = ["/requests/", "/lists/", "/settings/people/"]
    for address in [each.format("owner") for each in ADDRESSES] + pages:
        for call in (client.get, client.post):
            answer = call(address)
            assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


def test_followers_and_following(
    owner: User, friend: User, follower: User, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(stranger)
    page = browser.get("/@owner/followers/").text
    assert 'href="/@friend/"' in page
    assert 'href="/@follower/"' in page
    page = browser.get("/@owner/following/").text
    assert 'href="/@friend/"' in page
    assert 'href="/@follower/"' not in page
    relations.block(blocker=friend, blocked=stranger)
    relations.block(blocker=stranger, blocked=follower)
    page = browser.get("/@owner/followers/").text
    assert "@friend" not in page
    assert "@follower" not in page


def test_a_private_accounts_people_are_for_its_followers(
    owner: User, follower: User, stranger: User, as_person: SignIn
) -> None:
    private(owner)
    for person, status in ((owner, 200), (follower, 200), (stranger, 404)):
        for page in ("followers", "following"):
            assert as_person(person).get(f"/@owner/{page}/").status_code == status
    nowhere = as_person(stranger).get("/@nobody_here/followers/")
    assert as_person(stranger).get("/@owner/followers/").content == nowhere.content
    follows.remove_follower(person=owner, follower=follower)
    assert as_person(follower).get("/@owner/followers/").status_code == 404


def test_all_followers_page_by_page(owner: User, as_person: SignIn) -> None:
    names = {f"person{number}" for number in range(65)}
    for name in sorted(names):
        follows.follow(follower=User.objects.create_user(name), followee=owner)
    browser, address, seen, pages = as_person(owner), "/@owner/followers/", list[str](), 0
    while address:
        page = browser.get(address, headers=HTMX if pages else {}).text
        seen += re.findall(r'class="person" href="/@(\w+)/"', page)
        more = re.search(r'<a class="button" href="([^"]+)"[^>]*rel="next"', page)
        address, pages = more.group(1).replace("&amp;", "&") if more else "", pages + 1
    assert pages == 3
    assert len(seen) == 65
    assert set(seen) == names
    assert browser.get("/@owner/followers/?cursor=nonsense").status_code == 400


def test_removing_a_follower(owner: User, follower: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    assert b"/@follower/follower" in browser.get("/@owner/followers/").content
    assert browser.post("/@follower/follower").status_code == 405
    assert Follow.objects.exists()
    answer = browser.post("/@follower/follower", {"_method": "delete"})
    assert (answer.status_code, answer["Location"]) == (303, "/@follower/")
    assert not Follow.objects.exists()
    assert browser.delete("/@follower/follower").status_code == 303


def test_answering_requests(owner: User, stranger: User, as_person: SignIn) -> None:
    private(owner)
    other = User.objects.create_user("other")
    for person in (stranger, other):
        follows.follow(follower=person, followee=owner)
    browser = as_person(owner)
    page = browser.get("/requests/").text
    assert page.index("@other") < page.index("@stranger")
    assert '<b class="count-badge">2</b>' in page
    accepted = browser.post("/requests/stranger", headers=HTMX)
    assert b"Accepted" in accepted.content
    assert b"Follow back" in accepted.content
    assert Follow.objects.get().follower == stranger
    declined = browser.delete("/requests/other", headers=HTMX)
    assert (declined.status_code, declined.content) == (200, b"")
    assert browser.post("/requests/other").status_code == 303, "answered already"
    assert Follow.objects.count() == 1
    page = browser.get("/requests/").text
    assert 'href="/requests/"' not in page
    assert "Nobody is waiting" in page


def test_the_badge_counts_no_further_than_it_says(
    owner: User, stranger: User, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    private(owner)
    monkeypatch.setattr(follows, "MAX_COUNTED", 2)
    people = [User.objects.create_user(f"person{number}") for number in range(5)]
    FollowRequest.objects.bulk_create(FollowRequest(requester=p, target=owner) for p in people)
    assert follows.requests_waiting(owner) == 3
    User.objects.filter(pk__in=[p.pk for p in people]).update(suspended_at=timezone.now())
    assert follows.requests_waiting(owner) == 0


def test_only_a_private_account_asks_who_waits(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    open_account = queries(browser, "/lists/")
    private(owner)
    assert queries(browser, "/lists/") == open_account + 1


def test_blocking_by_its_button_and_back(owner: User, friend: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    for _ in range(2):
        answer = browser.post("/@friend/block", headers={"Referer": "http://testserver/p/abc/"})
        assert (answer.status_code, answer["Location"]) == (303, "/@friend/")
    assert Block.objects.count() == 1
    assert not Follow.objects.exists()
    page = browser.get("/settings/people/").text
    assert "@friend" in page
    assert "no longer see anything from each other" in page
    answer = browser.post("/@friend/block", {"_method": "delete"})
    assert (answer.status_code, answer["Location"]) == (303, "/@friend/")
    assert not Block.objects.exists()
    assert browser.post("/@owner/block").status_code == 404, "not oneself"


def test_one_can_end_a_block_that_goes_both_ways(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    relations.block(blocker=owner, blocked=stranger)
    relations.block(blocker=stranger, blocked=owner)
    assert "@stranger" in as_person(owner).get("/settings/people/").text
    assert as_person(owner).delete("/@stranger/block").status_code == 303
    assert Block.objects.get().blocker == stranger
    assert as_person(owner).delete("/@stranger/block").status_code == 404


@pytest.mark.parametrize(
    ("what", "posts", "comments"),
    [("both", True, True), ("posts", True, False), ("comments", False, True)],
)
@pytest.mark.parametrize("days", [0, 1, 7, 30])
def test_muting(
    what: str, posts: bool, comments: bool, days: int, owner: User, friend: User, as_person: SignIn
) -> None:
    browser = as_person(owner)
    answer = browser.post("/@friend/mute", {"what": what, "days": str(days)})
    assert answer.status_code == 303
    muted = Mute.objects.get()
    assert (muted.posts, muted.comments) == (posts, comments)
    if days:
        assert muted.until is not None
        assert abs(muted.until - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)
    else:
        assert muted.until is None
    assert "@friend" in browser.get("/settings/people/?show=muted").text
    assert browser.post("/@friend/mute", {"_method": "delete"}).status_code == 303
    assert not Mute.objects.exists()


def test_a_mute_that_is_over_is_not_shown(owner: User, friend: User, as_person: SignIn) -> None:
    relations.mute(muter=owner, muted=friend, until=timezone.now() - timedelta(seconds=1))
    assert "/@friend/mute" not in as_person(owner).get("/settings/people/?show=muted").text


@pytest.mark.parametrize("form", [{}, {"what": "all", "days": "1"}, {"what": "both", "days": "x"}])
def test_muting_nonsense_changes_nothing(
    form: dict[str, str], owner: User, friend: User, as_person: SignIn
) -> None:
    assert as_person(owner).post("/@friend/mute", form).status_code == 303
    assert not Mute.objects.exists()


def test_restricting(owner: User, friend: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    assert browser.post("/@friend/restrict").status_code == 303
    assert Restriction.objects.count() == 1
    assert "@friend" in browser.get("/settings/people/?show=restricted").text
    assert browser.delete("/@friend/restrict").status_code == 303
    assert not Restriction.objects.exists()
    assert browser.get("/settings/people/?show=nonsense").status_code == 404


def test_who_blocks_one_is_not_among_those_one_muted(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    relations.mute(muter=owner, muted=stranger)
    relations.restrict(restricter=owner, restricted=stranger)
    relations.block(blocker=stranger, blocked=owner)
    for shown in ("blocked", "muted", "restricted"):
        assert "@stranger" not in as_person(owner).get(f"/settings/people/?show={shown}").text


def test_no_page_asks_more_for_thirty_than_for_three(
    owner: User, stranger: User, as_person: SignIn
) -> None:
    private(owner)
    browser = as_person(owner)
    pages = ["/@owner/followers/", "/@owner/following/", "/requests/"]
    pages += [f"/settings/people/?show={kind}" for kind in ("blocked", "muted", "restricted")]

    def fill(numbers: range) -> None:
        for number in numbers:
            fan, asking, away = (
                User.objects.create_user(f"{kind}{number}") for kind in ("fan", "asking", "away")
            )
            FollowRequest.objects.create(requester=asking, target=owner)
            for pair in ((fan, owner), (owner, fan)):
                Follow.objects.create(follower=pair[0], followee=pair[1])
            relations.block(blocker=owner, blocked=away)
            relations.mute(muter=owner, muted=fan)
            relations.restrict(restricter=owner, restricted=fan)

    fill(range(3))
    few = [queries(browser, page) for page in pages]
    fill(range(3, 30))
    assert [queries(browser, page) for page in pages] == few
    assert max(few) <= 8


def test_limits(owner: User, friend: User, as_person: SignIn, rate_limits: dict[str, str]) -> None:
    browser = as_person(owner)
    rate_limits["people"] = "1/5m/user"
    rate_limits["follow"] = "1/5m/user"
    lists.create(owner=owner, name="close")
    assert browser.post("/@friend/mute", {"what": "both", "days": "1"}).status_code == 303
    for address in ("/@friend/mute", "/@friend/block", "/@friend/restrict", "/@friend/lists/"):
        assert browser.post(address).status_code == 429
    assert browser.post("/lists/").status_code == 429
    assert browser.post("/@friend/follow").status_code == 303
    for address in ("/@friend/follow", "/requests/friend"):
        assert browser.post(address).status_code == 429
