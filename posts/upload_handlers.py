"""Receiving files: straight to disk, and no further than the limit."""

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from posts import limits


class BoundedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Writes each member's file to disk and drops what goes past the limit.

    The file's `size` tells all that came, so that a view can refuse it with a sentence.
    """

    file: TemporaryUploadedFile
    received: int

    def new_file(self, *arguments: Any, **options: Any) -> None:
        if self.request is None or not self.request.user.is_authenticated:
            # No form for visitors has a file, so none of theirs reaches the disk.
            raise SkipFile
        super().new_file(*arguments, **options)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received <= limits.MAX_FILE_BYTES:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        return super().file_complete(self.received)
