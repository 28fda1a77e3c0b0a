"""The one door from an address to a post."""

from django.http import Http404, HttpRequest

from posts.models import Post


def visible_post(request: HttpRequest, post_id: int) -> Post:
    """The post, with its author; 404 when the viewer may not see it, as if it never was."""
    posts = Post.objects.visible_to(request.user).select_related("author")
    post = posts.filter(pk=post_id).first()
    if post is None:
        raise Http404
    return post


def own_post(request: HttpRequest, post_id: int) -> Post:
    """The viewer's own post; 404 when it is anybody else's."""
    post = visible_post(request, post_id)
    if post.author_id != request.user.pk:
        raise Http404
    return post
