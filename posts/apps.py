"""App configuration of posts."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"

    def ready(self) -> None:
        from posts import handlers, metrics  # noqa: F401
