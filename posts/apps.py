"""App configuration of posts."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"
