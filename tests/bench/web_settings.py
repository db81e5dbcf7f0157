"""The settings of the site for a web server that is measured (测量用的设置)."""

import os

from cadre.settings import *  # noqa: F403 - all but what stands below
from cadre.settings import DATABASES, STORAGES

# Hashed names of static files would need a collectstatic before every measurement; so they come from their sources.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
for database in DATABASES.values():
    database["CONN_MAX_AGE"] = int(os.environ.get("BENCH_CONN_MAX_AGE", database["CONN_MAX_AGE"]))
