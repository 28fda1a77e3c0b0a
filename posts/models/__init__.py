"""The models of posts and photos."""

from posts.models.comment import Comment
from posts.models.erasure import Erasure
from posts.models.like import Like
from posts.models.photo import Photo
from posts.models.post import Post
from posts.models.rendition import Rendition
from posts.models.topic import PostTopic, Topic
from posts.models.upload import Upload

__all__ = [
    "Comment",
    "Erasure",
    "Like",
    "Photo",
    "Post",
    "PostTopic",
    "Rendition",
    "Topic",
    "Upload",
]
