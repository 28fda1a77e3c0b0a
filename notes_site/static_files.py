"""Static files: named by their content, compressed once, modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Rewrites the imports of ES modules too, so that every file may be cached for ever."""

    support_js_module_import_aggregation = True
