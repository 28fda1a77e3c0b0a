"""Static files: named by their content, compressed once, modules included."""

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of our ES modules too, so that every file may be cached for ever."""

    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, *arguments: Any, **options: Any
    ) -> Callable[["re.Match[str]"], str]:
        """How references in a file are rewritten; scripts of libraries stay as they came."""
        # django-htmx has `import("../htmx")` in comments; there is no such file to point to.
        if name.endswith(".js") and not name.startswith("js/"):
            return lambda match: match.group()
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, *arguments, **options)
        return convert
