"""Which photos are not done, asked in the words of the index that holds only them."""

from typing import Any

from django.db.models import CharField, Func, QuerySet

from posts.models import Photo


class _Word(Func):
    """A constant written into the statement: SQLite knows a partial index only by its constants,
    and would read every photo there is for values that are sent beside the statement."""

    def __init__(self, state: Photo.State) -> None:
        super().__init__(output_field=CharField(), template=f"'{state.value}'")


WORDS: list[Any] = [_Word(Photo.State.PENDING), _Word(Photo.State.WORKING)]


def unfinished() -> "QuerySet[Photo]":
    """The photos that wait or are being worked on."""
    return Photo.objects.filter(state__in=WORDS)
