"""The models of posts and photos."""

from posts.models.collection import Collection, CollectionItem, Save
from posts.models.comment import Comment, CommentLike
from posts.models.erasure import Erasure
from posts.models.like import Like
from posts.models.photo import Photo
from posts.models.post import Post
from posts.models.quarantine import Quarantine
from posts.models.removed import RemovedPicture
from posts.models.rendition import Rendition
from posts.models.revision import Revision
from posts.models.topic import PostTopic, Topic
from posts.models.upload import Upload

__all__ = [
    "Collection",
    "CollectionItem",
    "Comment",
    "CommentLike",
    "Erasure",
    "Like",
    "Photo",
    "Post",
    "PostTopic",
    "Quarantine",
    "RemovedPicture",
    "Rendition",
    "Revision",
    "Save",
    "Topic",
    "Upload",
]
