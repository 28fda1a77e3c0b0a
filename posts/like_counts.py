"""How often a post is liked, and by whom: for whom that is to be seen."""

from posts.models import Post
from posts.models.post import Viewer


def shows_like_count(post: Post, viewer: Viewer) -> bool:
    """Whether the number and the people stand there for this viewer.

    Authors always see their own. For others the author may hide them, and so may the viewers
    themselves, who then are not shown those of anybody.
    """
    if post.author_id == viewer.pk:
        return True
    hides_all = viewer.is_authenticated and viewer.hides_like_counts
    return not (post.hides_like_count or hides_all)
