"""What a download holds: for each kind of row a file, and the fields that are written of it.

Other people appear by username only, and nothing is told of what they keep to themselves: who
blocked or muted the person, or put them on a list.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leaving import people_rows, post_rows, site_rows
from leaving.rows import Row
from posts.models import Photo


@dataclass(frozen=True)
class Kind:
    """One file: its name, what it is in a few words, its rows, and where they come from.

    `columns` names the foreign keys to the person that it follows, as "app.Model.column".
    """

    file: str
    label: Promise
    rows: Callable[[User], Iterator[Row]]
    columns: tuple[str, ...] = ()


KINDS = (
    Kind(
        "account.json",
        _("your account: your profile, settings, email addresses and ways to sign in"),
        people_rows.account,
        (
            "account.EmailAddress.user",
            "mfa.Authenticator.user",
            "accounts.SignUp.user",
            "accounts.FormerUsername.user",
            "accounts.User.groups",
        ),
    ),
    Kind(
        "posts.json",
        _("your posts and drafts with their photos, words, topics and earlier versions"),
        post_rows.posts,
        ("posts.Post.author", "posts.Photo.owner"),
    ),
    Kind(
        "uploads.json",
        _("photos you uploaded that aren't in a post yet"),
        post_rows.uploads,
        ("posts.Upload.owner",),
    ),
    Kind("comments.json", _("comments you wrote"), post_rows.comments,
         ("posts.Comment.author",)),
    Kind("likes.json", _("posts you like"), post_rows.likes, ("posts.Like.user",)),
    Kind("comment_likes.json", _("comments you like"), post_rows.comment_likes,
         ("posts.CommentLike.user",)),
    Kind("saves.json", _("posts you saved"), post_rows.saves, ("posts.Save.user",)),
    Kind("collections.json", _("your collections"), post_rows.collections,
         ("posts.Collection.owner",)),
    Kind("deletions.json", _("when you deleted posts; what was in them no longer exists"),
         post_rows.deletions),
    Kind("following.json", _("who you follow"), people_rows.following,
         ("accounts.Follow.follower",)),
    Kind("followers.json", _("who follows you"), people_rows.followers,
         ("accounts.Follow.followee",)),
    Kind(
        "requests.json",
        _("who you asked to follow, and who asked you"),
        people_rows.requests,
        ("accounts.FollowRequest.requester", "accounts.FollowRequest.target"),
    ),
    Kind("lists.json", _("your lists of people"), people_rows.lists,
         ("accounts.PeopleList.owner",)),
    Kind("blocks.json", _("who you blocked"), people_rows.blocks, ("accounts.Block.blocker",)),
    Kind("mutes.json", _("who you muted"), people_rows.mutes, ("accounts.Mute.muter",)),
    Kind("restrictions.json", _("who you restricted"), people_rows.restrictions,
         ("accounts.Restriction.restricter",)),
    Kind("invites.json", _("invitations you made"), people_rows.invites,
         ("accounts.Invite.created_by",)),
    Kind("sign_ins.json", _("when and how you signed in, or someone tried to"),
         people_rows.sign_ins, ("accounts.SignIn.user",)),
    Kind("moderation.json", _("what moderators decided about you and what you posted"),
         site_rows.moderation),
    Kind(
        "reports.json",
        _("what you reported to the moderators"),
        site_rows.reports,
        ("moderation.Report.reporter",),
    ),
    Kind(
        "sessions.json",
        _("where you are signed in"),
        site_rows.sessions,
        ("usersessions.UserSession.user",),
    ),
    Kind(
        "notifications.json",
        _("your notifications"),
        site_rows.notifications,
        ("notifications.Notification.recipient",),
    ),
    Kind(
        "notification_settings.json",
        _("your notification settings"),
        site_rows.notification_settings,
        ("notifications.Preferences.person",),
    ),
    Kind("exports.json", _("downloads like this one"), site_rows.exports, ("leaving.Export.user",)),
)  # fmt: skip

_THEIRS = "what others decided about the person is theirs"
# Foreign keys to a person that no file follows, and why.
LEFT_OUT = {
    "accounts.Block.blocked": _THEIRS,
    "accounts.Mute.muted": _THEIRS,
    "accounts.Restriction.restricted": _THEIRS,
    "accounts.ListMember.person": _THEIRS,
    "notifications.NotificationEvent.actor": (
        "what others were told; what was done is in its own file"
    ),
    "accounts.SignUp.decided_by": "it tells of the one who was let in",
    "admin.LogEntry.user": "moderation.AuditEntry tells the same for whom it concerns",
}


def originals(person: User) -> Iterator[tuple[str, str]]:
    """Every file of the person's: its name in the archive and its key in storage."""
    if person.avatar_key:
        yield f"avatar.{person.avatar_key.rpartition('.')[2]}", person.avatar_key
    photos = Photo.objects.filter(owner=person).select_related("post")
    ordered = photos.order_by(F("post").asc(nulls_last=True), "position", "pk")
    for photo in ordered.iterator():
        yield post_rows.file_of(photo), photo.original_key
