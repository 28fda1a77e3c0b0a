"""Receiving files: straight to disk, and no further than the limit."""

from contextlib import suppress
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from notes_site.http.outages import LostUpload
from posts import limits


class BoundedTemporaryFileUploadHandler(TemporaryFileUploadHandler):
    """Writes each member's file to disk and drops what goes past the limit.

    The file's `size` tells all that came, so that a view can refuse it with a sentence. A file that
    a full disk does not take is dropped, and the rest of the form is still read.
    """

    file: TemporaryUploadedFile
    received: int
    lost: OSError | None

    def new_file(self, *arguments: Any, **options: Any) -> None:
        if self.request is None or not self.request.user.is_authenticated:
            # No form for visitors has a file, so none of theirs reaches the disk.
            raise SkipFile
        self.received, self.lost = 0, None
        try:
            super().new_file(*arguments, **options)
        except OSError as error:
            self.lost = error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.lost or self.received > limits.MAX_FILE_BYTES:
            return
        try:
            super().receive_data_chunk(raw_data, start)
            # Here, where it can still be told: a full disk may show only when a file is closed.
            self.file.flush()
        except OSError as error:
            self.lost = error
            # Room for the rest of the form.
            self._drop()

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        if self.lost:
            return LostUpload(self.file_name or "", self.received, self.lost)
        return super().file_complete(self.received)

    def _drop(self) -> None:
        with suppress(OSError):
            self.file.close()
