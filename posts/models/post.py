"""A post: photos with a title and a caption, and the one rule of who may see it."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Follow, ListMember, PeopleList, User
from accounts.models.relations import blocked_between
from accounts.models.user import CommentsBy, in_good_standing
from notes_site.fields import OneLineField
from notes_site.ids import TimeOrderedModel
from posts import limits
from posts.pictures import Picture, picture_from_json

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from posts.models.photo import Photo

Viewer = User | AnonymousUser


class PostQuerySet(models.QuerySet["Post"]):
    """Which posts."""

    def visible_to(self, viewer: Viewer) -> Self:
        """The posts this viewer may see: the only rule of visibility there is.

        Everyone sees what is published for them and not hidden; authors see all of their own
        that is not deleted; moderators see what others can see, and what was hidden. What a
        private account shows to everyone is for its followers. Two people with a block between
        them see nothing of each other. An audience the rule does not know stays closed.
        """
        public = Q(state=Post.State.PUBLISHED, hidden_at=None) & in_good_standing("author")
        open_to_all = Q(audience__in=OPEN_AUDIENCES, author__is_private=False)
        if not viewer.is_authenticated:
            return self.filter(public & open_to_all)
        near = (open_to_all | _open_to_circles(viewer)) & ~blocked_between(viewer.pk, "author")
        rule = (public & near) | (Q(author=viewer.pk) & ~Q(state=Post.State.DELETED))
        if viewer.is_moderator:
            shared = ~Q(audience=Post.Audience.SELF) | Q(hidden_at__isnull=False)
            rule |= Q(state=Post.State.PUBLISHED) & shared
        return self.filter(rule)

    def listed(self) -> Self:
        """Those that may stand in streams: published and public, hidden ones never."""
        return self.standing().filter(audience=Post.Audience.PUBLIC)

    def standing(self) -> Self:
        """Those that are published and that no moderator hid, for whomever they are."""
        return self.filter(state=Post.State.PUBLISHED, hidden_at=None)

    def bump(self, **changes: Any) -> int:
        """Write named columns and the version by which rendered fragments are kept."""
        return self.update(**changes, version=F("version") + 1)


def _open_to_circles(viewer: User) -> Q:
    """What is open to somebody for what they are to its author."""
    follows = Q(Exists(Follow.objects.filter(follower=viewer.pk, followee=OuterRef("author"))))
    followed_back = Q(
        Exists(Follow.objects.filter(follower=OuterRef("author"), followee=viewer.pk))
    )
    listed = Q(
        Exists(ListMember.objects.filter(person=viewer.pk, people_list=OuterRef("people_list")))
    )
    for_followers = Q(audience__in=[*OPEN_AUDIENCES, Post.Audience.FOLLOWERS]) & follows
    for_friends = Q(audience=Post.Audience.FRIENDS) & follows & followed_back
    for_a_list = Q(audience=Post.Audience.LIST) & listed
    return for_followers | for_friends | for_a_list


class Post(TimeOrderedModel):
    """Photos somebody shows, with words."""

    class Audience(models.TextChoices):
        """Who may see a post."""

        PUBLIC = "public", _("Everyone")
        UNLISTED = "unlisted", _("Anyone with the link")
        FOLLOWERS = "followers", _("Followers")
        FRIENDS = "friends", _("Friends")
        LIST = "list", _("One of my lists")
        SELF = "self", _("Only me")

    class Licence(models.TextChoices):
        """What others may do with the photos; nothing unless the author says so."""

        RESERVED = "", _("All rights reserved")
        CC0 = "cc0", _("CC0: no rights reserved")
        CC_BY = "cc-by", _("CC BY: credit me")
        CC_BY_SA = "cc-by-sa", _("CC BY-SA: share alike")
        CC_BY_ND = "cc-by-nd", _("CC BY-ND: no changes")
        CC_BY_NC = "cc-by-nc", _("CC BY-NC: noncommercial")
        CC_BY_NC_SA = "cc-by-nc-sa", _("CC BY-NC-SA: noncommercial, share alike")
        CC_BY_NC_ND = "cc-by-nc-nd", _("CC BY-NC-ND: noncommercial, no changes")

    class State(models.TextChoices):
        """Where a post stands in its life; hiding by a moderator is apart from it."""

        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        PROCESSING = "processing", _("Getting ready")
        PUBLISHED = "published", _("Published")
        DELETED = "deleted", _("Deleted")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts"
    )
    title = OneLineField(max_length=limits.MAX_TITLE, blank=True)
    caption = models.TextField(max_length=limits.MAX_CAPTION, blank=True)
    # The usernames mentioned in the caption that were somebody's when it was written.
    mentions = models.JSONField(default=list, blank=True)
    topics = models.ManyToManyField("posts.Topic", through="posts.PostTopic", related_name="posts")
    audience = models.CharField(
        max_length=10, choices=Audience.choices, default=Audience.PUBLIC, db_index=False
    )
    # For the audience `list`; when the list is gone, nobody but the author sees the post.
    people_list = models.ForeignKey(
        PeopleList, on_delete=models.SET_NULL, null=True, blank=True, related_name="posts"
    )
    comments_by = models.CharField(
        max_length=10, choices=CommentsBy.choices, default=CommentsBy.EVERYONE
    )
    hides_like_count = models.BooleanField(default=False)
    licence = models.CharField(
        max_length=12, choices=Licence.choices, default=Licence.RESERVED, blank=True
    )
    made_with_ai = models.BooleanField(default=False)
    is_paid = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROCESSING)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # When a scheduled post is to appear.
    publish_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    # When its author put it first on their profile.
    pinned_at = models.DateTimeField(null=True, blank=True)
    # Counts its author's saves, so that a form of an older state can't overwrite a newer one.
    revision = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    # Sent by the form, so that sending it twice makes one post.
    # NULL without one: a unique constraint lets any number of those stand.
    submission_key = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001

    # Denormalised, changed in the transaction of the rows they stand for.
    like_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    photo_count = models.PositiveSmallIntegerField(default=0)
    cover = models.JSONField(default=dict, blank=True)
    # Written by feed/scoring.py only.
    hot = models.FloatField(default=0)

    objects = PostQuerySet.as_manager()

    if TYPE_CHECKING:
        photos: "RelatedManager[Photo]"

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["author", "submission_key"], name="post_submitted_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["-hot", "-id"],
                name="post_hot",
                condition=Q(state="published", audience="public", hidden_at=None),
            ),
            models.Index(
                fields=["-published_at", "-id"],
                name="post_latest",
                condition=Q(state="published", audience="public", hidden_at=None),
            ),
            # For what search finds without words, the most liked first.
            models.Index(
                fields=["-like_count", "-id"],
                name="post_liked",
                condition=Q(state="published", audience="public", hidden_at=None),
            ),
            # For Following alone: by its audiences no author's own list takes it for a way.
            models.Index(
                fields=["-published_at", "-id"],
                name="post_standing",
                condition=Q(
                    state="published",
                    hidden_at=None,
                    audience__in=["public", "followers", "friends", "list"],
                ),
            ),
            models.Index(fields=["author", "-published_at", "-id"], name="post_by_author"),
            models.Index(
                fields=["author", "-pinned_at"],
                name="post_pinned",
                condition=Q(pinned_at__isnull=False),
            ),
            models.Index(
                fields=["created_at"], name="post_processing", condition=Q(state="processing")
            ),
            models.Index(
                fields=["publish_at"], name="post_scheduled", condition=Q(state="scheduled")
            ),
            models.Index(
                fields=["author", "-created_at", "-id"],
                name="post_unpublished",
                condition=Q(state__in=["draft", "scheduled"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.code

    def get_absolute_url(self) -> str:
        return reverse("posts:post", args=[self.pk])

    @property
    def is_open_to_all(self) -> bool:
        """Whether its renditions may lie where anyone with their address fetches them.

        Asks for the author too: select them along.
        """
        return (
            self.state == self.State.PUBLISHED
            and self.hidden_at is None
            and self.audience in OPEN_AUDIENCES
            and self.author.is_in_good_standing
            and not self.author.is_private
        )

    @property
    def cover_picture(self) -> Picture | None:
        """The first photo as it stands on cards; None while there is no rendition of it."""
        return picture_from_json(self.cover) if self.cover else None


# Open to everyone, unless the whole account is private.
OPEN_AUDIENCES = (Post.Audience.PUBLIC, Post.Audience.UNLISTED)
# Where its author may still change it at will, unseen by everybody else.
UNPUBLISHED = (Post.State.DRAFT, Post.State.SCHEDULED)
