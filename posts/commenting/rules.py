"""Who may comment, what waits for the author of the post, and what comes too often."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Follow, Restriction, User
from accounts.models.user import CommentsBy
from posts.commenting.word_filter import holds_back, plain, words_of
from posts.models import Comment, Post

Held = Comment.Held
# The same words from the same person: how often they pass within how long.
SAME_WORDS = 2
SAME_WORDS_WITHIN = timedelta(hours=1)
# Texts are compared in Python, with `plain`, so only the newest are read.
LOOKED_AT = 50


@dataclass(frozen=True)
class CommenterStatus:
    """What a person is to the author of a post, as far as comments go."""

    follows: bool = False
    followed_back: bool = False
    restricted: bool = False
    # Comments of theirs on the post that wait without their knowing.
    unseen: int = 0


def commenter_status(viewer: User | AnonymousUser, post: Post) -> CommenterStatus:
    """What the viewer is to the post's author, in one query; nothing to visitors and oneself."""
    if not viewer.is_authenticated or viewer.pk == post.author_id:
        return CommenterStatus()
    author = OuterRef("pk")
    mine = Comment.objects.filter(post=post, author=viewer.pk, held=Held.RESTRICTED, hidden_at=None)
    unseen = mine.order_by().values("post").annotate(many=Count("pk")).values("many")
    columns = {
        "follows": Exists(Follow.objects.filter(follower=viewer.pk, followee=author)),
        "followed_back": Exists(Follow.objects.filter(follower=author, followee=viewer.pk)),
        "restricted": Exists(Restriction.objects.filter(restricter=author, restricted=viewer.pk)),
        "unseen": Coalesce(Subquery(unseen), 0),
    }
    found = User.objects.filter(pk=post.author_id).annotate(**columns).values(*columns).first()
    return CommenterStatus(**found) if found else CommenterStatus()


def why_closed(viewer: User | AnonymousUser, post: Post, commenter: CommenterStatus) -> str:
    """Why the viewer may not comment, in a sentence; '' when they may. The author always may."""
    if viewer.pk == post.author_id:
        return ""
    friends = commenter.follows and commenter.followed_back
    match post.comments_by:
        case CommentsBy.EVERYONE:
            return ""
        case CommentsBy.FOLLOWERS:
            return "" if commenter.follows else _("Only followers can comment on this post.")
        case CommentsBy.FRIENDS:
            return "" if friends else _("Only friends of the author can comment on this post.")
        # Nobody, or a choice that this rule doesn't know.
        case _nobody:
            return _("Comments on this post are closed.")


def held_for(writer: User, author: User, text: str, commenter: CommenterStatus) -> Held:
    """Why a text waits for the post's author, NO when it appears at once.

    Everybody's reasons come first, so that nobody can tell from the way theirs are treated
    whether they are restricted.
    """
    if writer.pk == author.pk:
        return Held.NO
    if author.approves_comments:
        return Held.APPROVAL
    if holds_back(text, words_of(author.filtered_words)):
        return Held.WORDS
    return Held.RESTRICTED if commenter.restricted else Held.NO


def why_too_often(writer: User, text: str, *, key: str = "", but: int = 0) -> str:
    """Why these words come too often, in a sentence; '' when they don't.

    What the same form sent before, known by its `key`, doesn't count, nor does `but`, the comment
    that is being changed.
    """
    since = timezone.now() - SAME_WORDS_WITHIN
    lately = Comment.objects.filter(author=writer.pk, created_at__gt=since).exclude(pk=but)
    lately = lately.exclude(submission_key=key) if key else lately
    texts = lately.order_by("-pk").values_list("text", flat=True)[:LOOKED_AT]
    if sum(plain(each) == plain(text) for each in texts) < SAME_WORDS:
        return ""
    return _(
        "You already posted exactly this twice within an hour. Rephrase it, or try again a"
        " little later."
    )


@transaction.atomic
def change_rules(
    *, person: User, comments_by: str, approves_comments: bool, filtered_words: str
) -> None:
    """Write what a person wants of comments under their posts; what stands there stays."""
    User.objects.filter(pk=person.pk).update(
        comments_by=comments_by,
        approves_comments=approves_comments,
        filtered_words=filtered_words,
    )
