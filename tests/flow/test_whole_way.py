"""From signing up to a post that strangers see, and what hiding, restoring, deleting do to it."""

import re

from tests.pictures import photo
from tests.site import Site, image_addresses, wait_for
from tests.visitor import Answer, Visitor


def public_addresses(site: Site, path: str) -> list[str]:
    """The addresses of a post's pictures on a visitor's page, once all of them are public."""
    start = site.stack.get("STORAGE_PUBLIC_URL", "/renditions/")

    def all_public() -> bool:
        found = image_addresses(site.visitor().get(path).text)
        return bool(found) and all(address.startswith(start) for address in found)

    wait_for(all_public, 60, f"the pictures of {path} to be public")
    return image_addresses(site.visitor().get(path).text)


def judge(moderator: Visitor, deed: str, path: str, reason: str) -> None:
    """Hide or restore a post in the admin."""
    code = path.strip("/").split("/")[1]
    answer = moderator.post(f"/admin/posts/post/{deed}/?ids={code}", {"reason": reason})
    assert answer.status == 303, answer.words


def is_listed(visitor: Visitor, path: str) -> bool:
    return any(
        f'href="{path}"' in visitor.get(page).text
        for page in ("/", "/?tab=latest", "/topics/dawn/")
    )


def is_picture(answer: Answer) -> bool:
    return answer.status == 200 and answer.headers["Content-Type"] == "image/webp"


def harbour(author: Visitor) -> str:
    """Post a photo with everything; returns its path."""
    return author.new_post(
        photo(),
        title="Harbour & fog",
        caption="Boats in the fog #dawn",
        alt_text='Three boats, one called "Else"',
    )


def test_a_post_reaches_strangers_and_is_liked_and_discussed(site: Site) -> None:
    author, friend, stranger = site.member(), site.member(), site.visitor()
    path = harbour(author)
    assert is_listed(stranger, path)
    page = stranger.get(path)
    assert "Harbour & fog" in page.words
    assert 'alt="Three boats, one called &quot;Else&quot;"' in page.text
    for address in public_addresses(site, path):
        answer = stranger.get(address)
        assert is_picture(answer)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert friend.post(f"{path}like").status == 303
    assert friend.post(f"{path}like").status == 303
    assert friend.post(f"{path}comments/", {"text": "Cold & <b>lovely</b>"}).status == 303
    page = stranger.get(path)
    assert "Cold &amp; &lt;b&gt;lovely&lt;/b&gt;" in page.text
    assert re.search(r'class="count">1<', page.text)
    assert friend.delete(f"{path}like").status == 303
    assert site.rows("SELECT count(*) FROM posts_like") == [(0,)]


def test_signed_out_nobody_likes_or_comments(site: Site) -> None:
    path = site.member().new_post(photo(seed=1))
    stranger = site.visitor()
    for what in ("like", "comments/"):
        answer = stranger.post(path + what, {"text": "Hello"})
        assert (answer.status, answer.location.split("?")[0]) == (302, "/accounts/login/")
    assert site.rows("SELECT count(*) FROM posts_comment WHERE text = %s", "Hello") == [(0,)]


def test_hiding_takes_a_post_and_its_pictures_away_and_restoring_brings_them_back(
    site: Site,
) -> None:
    author, friend, stranger = site.member(), site.member(), site.visitor()
    moderator = site.moderator()
    path = harbour(author)
    before = public_addresses(site, path)
    friend.post(f"{path}comments/", {"text": "Still here afterwards"})
    judge(moderator, "hide", path, "it shows a neighbour")
    never = stranger.get("/p/2/")
    for person in (stranger, friend):
        answer = person.get(path)
        assert (answer.status, answer.body) == (404, never.body)
        assert not is_listed(person, path)
    assert author.get(path).status == 200
    wait_for(
        lambda: not any(stranger.get(address).status == 200 for address in before),
        60,
        "the public pictures to be gone",
    )
    private = image_addresses(author.get(path).text)
    assert private
    for address in private:
        assert address.startswith("/media/")
        assert is_picture(author.get(address))
        for person in (stranger, friend):
            assert person.get(address).status == 404
    judge(moderator, "restore", path, "the neighbour agreed")
    assert "Still here afterwards" in stranger.get(path).words
    assert is_listed(stranger, path)
    after = public_addresses(site, path)
    assert all(is_picture(stranger.get(address)) for address in after)
    assert not set(before) & set(after)


def test_a_post_for_oneself_is_nobody_elses(site: Site) -> None:
    author, friend = site.member(), site.member()
    path = author.new_post(photo(seed=2), title="Mine", audience="self")
    private = image_addresses(author.get(path).text)
    assert private
    assert all(is_picture(author.get(address)) for address in private)
    for person in (friend, site.visitor()):
        assert person.get(path).status == 404
        assert not is_listed(person, path)
        assert [person.get(address).status for address in private] == [404] * len(private)
        # A private object is not under the public address either.
        for address in private:
            name = address.rpartition("/")[2]
            assert person.get(f"/renditions/{name}").status == 404


def test_deleting_a_post_erases_every_object_of_it(site: Site) -> None:
    before = site.keys()
    author = site.member()
    path = harbour(author)
    addresses = public_addresses(site, path)
    assert site.keys() - before
    assert author.delete(path).status == 303
    assert author.get(path).status == 404
    wait_for(lambda: not site.keys() - before, 60, "the objects to be erased")
    assert not any(site.visitor().get(address).status == 200 for address in addresses)
    assert site.rows("SELECT count(*) FROM posts_erasure WHERE erased_at IS NULL") == [(0,)]
