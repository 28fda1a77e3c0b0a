"""App configuration of the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotesSiteConfig(AppConfig):
    name = "notes_site"
    verbose_name = _("Site")

    def ready(self) -> None:
        from django.urls import register_converter

        from notes_site import checks  # noqa: F401
        from notes_site.ids import Base58Converter

        # Here, so that every room's addresses may use it, whichever is read first.
        register_converter(Base58Converter, "b58")
