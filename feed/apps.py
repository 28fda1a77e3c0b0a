"""App configuration of the feed."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "feed"

    def ready(self) -> None:
        from feed import facts, handlers  # noqa: F401
