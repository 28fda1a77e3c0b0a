"""What a page shows of the comments under a post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from notes_site.http.pagination import keyset_page
from notes_site.ids import random_key
from posts.commenting import comments
from posts.commenting.rules import Held, commenter_status, why_closed
from posts.models import Comment, CommentLike, Post
from posts.models.comment import CommentQuerySet

THREADS_A_PAGE = 30
REPLIES_A_PAGE = 30
WAITING_SHOWN = 20


@dataclass(frozen=True)
class Draft:
    """Words on their way: what was typed, what is wrong with it, and the key of the form."""

    text: str = ""
    problem: str = ""
    key: str = field(default_factory=random_key)
    # How to answer for what is wrong, and seconds to wait before another try.
    status: int = 200
    retry_after: int = 0


@dataclass
class ShownComment:
    """A comment as one viewer has it before them."""

    comment: Comment
    liked: bool = False
    is_mine: bool = False
    # Its writer may still change it, and is changing it just now.
    is_editable: bool = False
    editing: Draft | None = None
    # The viewer is answering it just now.
    answer: Draft | None = None

    @property
    def waits(self) -> bool:
        """Whether its writer is told so; the restricted never are."""
        return self.comment.held in (Held.APPROVAL, Held.WORDS)


@dataclass
class Thread:
    """A comment, and the answers to it when they are unfolded."""

    first: ShownComment
    reply_count: int = 0
    replies: list[ShownComment] | None = None
    # Answers stand before the first of these.
    earlier: bool = False
    next_url: str = ""

    @property
    def code(self) -> str:
        return self.first.comment.code

    @cached_property
    def address(self) -> str:
        """Where it stands alone, with its answers."""
        return thread_address(self.first.comment)


@dataclass
class Conversation:
    """The comments under a post as one viewer has them before them."""

    post: Post
    viewer: User | AnonymousUser
    is_author: bool
    # Theirs too that only they see, or the restricted would know themselves by the number.
    count: int
    # Why the viewer can't comment; '' when they can.
    closed: str
    threads: list[Thread]
    waiting: list[Comment]
    more_wait: bool = False
    typed: Draft = field(default_factory=Draft)
    # None for a single thread: how many others are pinned isn't asked there.
    pins_left: int | None = None
    next_url: str = ""
    is_later_page: bool = False
    is_one_thread: bool = False


def conversation(request: HttpRequest, post: Post) -> Conversation:
    """The comments part of a post's page: pinned threads, one page of the others, what waits."""
    cursor = request.GET.get("cursor", "")
    shown = _shown(request, post).filter(parent=None)
    page = keyset_page(shown.filter(pinned_at=None), "created_at", cursor, THREADS_A_PAGE)
    pinned = [] if cursor else list(shown.filter(pinned_at__isnull=False).order_by("-pinned_at"))
    threads = _folded(request, [*pinned, *page.rows])
    return replace(
        _around(request, post, threads),
        pins_left=max(comments.MAX_PINNED - len(pinned), 0),
        next_url=page.next_url(request),
        is_later_page=bool(cursor),
    )


def single_thread(
    request: HttpRequest,
    post: Post,
    first: Comment,
    *,
    at: Comment | None = None,
    answer: Draft | None = None,
    editing: Draft | None = None,
) -> Conversation:
    """The comments part of a page that shows one thread alone, with its answers.

    `at` is the comment of it that must be among those shown, and the one that is answered, or
    changed, in the form with such words; an empty form for changing has the words as they are.
    """
    thread = _folded(request, [first])[0]
    thread.replies, thread.next_url, thread.earlier = _replies(request, post, first, at)
    for said in (thread.first, *thread.replies):
        if said.comment == at:
            said.answer = answer
            if editing and editing.problem:
                said.editing = editing
            elif editing and said.is_editable:
                said.editing = Draft(said.comment.text)
    return replace(_around(request, post, [thread]), is_one_thread=True)


def collapsed_thread(request: HttpRequest, post: Post, first: Comment | None) -> Conversation:
    """One thread with its answers folded away; None for one that is gone."""
    return _around(request, post, _folded(request, [first] if first else []))


def thread_address(first: Comment) -> str:
    """Where a thread stands alone, with its answers."""
    return reverse("posts:replies", args=[first.post_id, first.pk])


def _around(request: HttpRequest, post: Post, threads: list[Thread]) -> Conversation:
    """The threads with what stands around them: how many comments, and who may add one."""
    viewer = request.user
    commenter = commenter_status(viewer, post)
    is_author = viewer.is_authenticated and viewer.pk == post.author_id
    waiting = _waiting(request, post) if is_author else Comment.objects.none()
    found = list(waiting.order_by("created_at", "pk")[: WAITING_SHOWN + 1]) if is_author else []
    return Conversation(
        post=post,
        viewer=viewer,
        is_author=is_author,
        count=post.comment_count + commenter.unseen,
        closed=why_closed(viewer, post, commenter),
        threads=threads,
        waiting=found[:WAITING_SHOWN],
        more_wait=len(found) > WAITING_SHOWN,
    )


def _shown(request: HttpRequest, post: Post) -> CommentQuerySet:
    """Those that stand in their places; what waits is there for its writer alone."""
    viewer = request.user
    visible = Comment.objects.visible_to(viewer).filter(post=post).select_related("author")
    # A visitor's pk is None, and author=None would match comments whose author is gone.
    return visible.filter(Q(held=Held.NO) | Q(author=viewer.pk, author__isnull=False))


def _waiting(request: HttpRequest, post: Post) -> CommentQuerySet:
    others = Comment.objects.visible_to(request.user).filter(post=post).exclude(held=Held.NO)
    return others.exclude(author=request.user.pk).select_related("author", "parent__author")


def _folded(request: HttpRequest, firsts: Sequence[Comment]) -> list[Thread]:
    mine = _waiting_of_mine(request, firsts)
    return [
        Thread(said, said.comment.reply_count + mine.get(said.comment.pk, 0))
        for said in _said(request, firsts)
    ]


def _waiting_of_mine(request: HttpRequest, firsts: Sequence[Comment]) -> dict[int, int]:
    """How many answers the viewer wrote that nobody else sees yet, by thread."""
    if not request.user.is_authenticated or not firsts:
        return {}
    mine = Comment.objects.filter(parent__in=firsts, author=request.user.pk, hidden_at=None)
    waiting = mine.exclude(held=Held.NO).order_by().values_list("parent")
    return dict(waiting.annotate(Count("pk")))


def _replies(
    request: HttpRequest, post: Post, first: Comment, at: Comment | None
) -> tuple[list[ShownComment], str, bool]:
    """A page of answers, the address of the next, and whether there are earlier ones."""
    replies = _shown(request, post).filter(parent=first)
    cursor = request.GET.get("cursor", "") if request.method in ("GET", "HEAD") else ""
    page = keyset_page(replies, "created_at", cursor, REPLIES_A_PAGE, rising=True)
    rows = list(page.rows)
    if at is not None and at.pk != first.pk and at not in rows:
        before = Q(created_at__lt=at.created_at) | Q(created_at=at.created_at, pk__lte=at.pk)
        rows = list(replies.filter(before).order_by("-created_at", "-pk")[:REPLIES_A_PAGE])
        # No next page: "Earlier replies" starts the thread over and leads through all of it.
        return _said(request, rows[::-1]), "", True
    next_url = f"{thread_address(first)}?cursor={page.cursor}" if page.cursor else ""
    return _said(request, rows), next_url, bool(cursor)


def _said(request: HttpRequest, rows: Iterable[Comment]) -> list[ShownComment]:
    viewer, rows = request.user, list(rows)
    if not viewer.is_authenticated:
        return [ShownComment(comment) for comment in rows]
    likes = CommentLike.objects.filter(user=viewer.pk, comment__in=rows)
    liked = set(likes.values_list("comment", flat=True)) if rows else set()
    return [
        ShownComment(
            comment,
            liked=comment.pk in liked,
            is_mine=comment.author_id == viewer.pk,
            is_editable=comment.author_id == viewer.pk and comments.is_editable(comment),
        )
        for comment in rows
    ]
