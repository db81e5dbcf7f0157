"""Static files under names with a hash (静态文件), modules of JavaScript included.

A module names those it imports by their hashed names too, so a page never mixes the modules of two versions, and the
name of the first one stands for all that it brings.
"""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Django rewrites the relative imports inside modules only where it is told to."""

    support_js_module_import_aggregation = True
