"""App configuration of the ground floor."""

from django.apps import AppConfig


class NotesSiteConfig(AppConfig):
    name = "notes_site"

    def ready(self) -> None:
        from notes_site import checks  # noqa: F401
