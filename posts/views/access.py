"""The one door from an address to a post."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from posts.models import Comment, Photo, Post
from posts.models.post import UNPUBLISHED, PostQuerySet


def visible_post(request: HttpRequest, post_id: int) -> Post:
    """The post, with its author; 404 when the viewer may not see it, as if it never was."""
    posts = Post.objects.visible_to(request.user).select_related("author")
    return get_object_or_404(posts, pk=post_id)


def own_post(request: HttpRequest, post_id: int) -> Post:
    """The viewer's own post; 404 when it is anybody else's."""
    post = visible_post(request, post_id)
    if post.author_id != request.user.pk:
        raise Http404
    return post


def visible_comment(request: HttpRequest, post: Post, comment_id: int) -> Comment:
    """A comment under a post the viewer may see, with its writer and the comment it answers.

    404 when the viewer may not read it, as if it never was.
    """
    readable = Comment.objects.visible_to(request.user).filter(post=post)
    whole = readable.select_related("author", "post", "parent__author", "parent__post")
    return get_object_or_404(whole, pk=comment_id)


def own_unpublished(request: HttpRequest) -> PostQuerySet:
    """The viewer's own drafts and scheduled posts."""
    mine = Post.objects.visible_to(request.user).filter(author=request.user.pk)
    return mine.filter(state__in=UNPUBLISHED)


def own_photo(request: HttpRequest, photo_id: int) -> Photo:
    """The viewer's own photo; 404 for another's and for one that is deleted, as if it never was."""
    photos = Photo.objects.filter(owner=request.user.pk).exclude(post__state=Post.State.DELETED)
    whole = photos.select_related("post").prefetch_related("renditions")
    return get_object_or_404(whole, pk=photo_id)
