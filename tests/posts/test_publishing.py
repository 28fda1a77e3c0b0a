"""From uploads to a post, and what an author may do to it afterwards."""

from accounts.models import User
from posts.models import Post
from tests.making import MakePost


def test_a_post_appears_once_all_its_photos_are_ready(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, 2)
    assert post.state == Post.State.PUBLISHED
    assert post.published_at
    assert all(
        r.key.startswith("public/") for photo in post.photos.all() for r in photo.renditions.all()
    )
