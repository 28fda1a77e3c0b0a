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
from leaving import feed_rows, people_rows, post_rows, site_rows
from leaving.rows import Row
from posts.models import Photo


@dataclass(frozen=True)
class File:
    """One file: its name, what it is in a few words, its rows, and where they come from.

    `columns` names the foreign keys to the person that it follows, as "app.Model.column".
    """

    file: str
    label: Promise
    rows: Callable[[User], Iterator[Row]]
    columns: tuple[str, ...] = ()


FILES = (
    File(
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
    File(
        "posts.json",
        _("your posts and drafts with their photos, words, topics and earlier versions"),
        post_rows.posts,
        ("posts.Post.author", "posts.Photo.owner"),
    ),
    File(
        "uploads.json",
        _("photos you uploaded that aren’t in a post yet"),
        post_rows.uploads,
        ("posts.Upload.owner",),
    ),
    File("comments.json", _("comments you wrote"), post_rows.comments,
         ("posts.Comment.author",)),
    File("likes.json", _("posts you like"), post_rows.likes, ("posts.Like.user",)),
    File("comment_likes.json", _("comments you like"), post_rows.comment_likes,
         ("posts.CommentLike.user",)),
    File("saves.json", _("posts you saved"), post_rows.saves, ("posts.Save.user",)),
    File("collections.json", _("your collections"), post_rows.collections,
         ("posts.Collection.owner",)),
    File("deletions.json", _("when you deleted posts; what was in them no longer exists"),
         post_rows.deletions),
    File("following.json", _("who you follow"), people_rows.following,
         ("accounts.Follow.follower",)),
    File("followers.json", _("who follows you"), people_rows.followers,
         ("accounts.Follow.followee",)),
    File(
        "requests.json",
        _("who you asked to follow, and who asked you"),
        people_rows.requests,
        ("accounts.FollowRequest.requester", "accounts.FollowRequest.target"),
    ),
    File("lists.json", _("your lists of people"), people_rows.lists,
         ("accounts.PeopleList.owner",)),
    File("blocks.json", _("who you blocked"), people_rows.blocks, ("accounts.Block.blocker",)),
    File("mutes.json", _("who you muted"), people_rows.mutes, ("accounts.Mute.muter",)),
    File("restrictions.json", _("who you restricted"), people_rows.restrictions,
         ("accounts.Restriction.restricter",)),
    File("topics.json", _("topics you follow"), feed_rows.topics, ("feed.TopicFollow.person",)),
    File("muted_topics.json", _("topics you muted"), feed_rows.muted_topics,
         ("feed.MutedTopic.person",)),
    File("muted_words.json", _("words you muted"), feed_rows.muted_words,
         ("feed.MutedWord.person",)),
    File("dismissed.json", _("people you asked us not to suggest again"), feed_rows.dismissed,
         ("feed.DismissedSuggestion.person",)),
    File("invites.json", _("invitations you made"), people_rows.invites,
         ("accounts.Invite.created_by",)),
    File("sign_ins.json", _("when and how you signed in, or someone tried to"),
         people_rows.sign_ins, ("accounts.SignIn.user",)),
    File("moderation.json", _("what moderators decided about you and what you posted"),
         site_rows.moderation),
    File(
        "reports.json",
        _("what you reported to the moderators"),
        site_rows.reports,
        ("moderation.Report.reporter",),
    ),
    File(
        "sessions.json",
        _("where you are signed in"),
        site_rows.sessions,
        ("usersessions.UserSession.user",),
    ),
    File(
        "notifications.json",
        _("your notifications"),
        site_rows.notifications,
        ("notifications.Notification.recipient",),
    ),
    File(
        "notification_settings.json",
        _("your notification settings"),
        site_rows.notification_settings,
        ("notifications.Preferences.person",),
    ),
    File("exports.json", _("downloads like this one"), site_rows.exports, ("leaving.Export.user",)),
)  # fmt: skip

_THEIRS = "what others decided about the person is theirs"
# Foreign keys to a person that no file follows, and why.
LEFT_OUT = {
    "accounts.Block.blocked": _THEIRS,
    "accounts.Mute.muted": _THEIRS,
    "accounts.Restriction.restricted": _THEIRS,
    "accounts.ListMember.person": _THEIRS,
    "feed.DismissedSuggestion.other": _THEIRS,
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
