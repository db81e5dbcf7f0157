"""Settings of that process: the packages, the record and the model."""

import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PEERS_DATABASE"],
        "USER": os.environ["PEERS_USER"],
        "HOST": os.environ["PEERS_HOST"],
    }
}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "auditlog",
    "simple_history",
    "pgtrigger",
    "pghistory",
    "audit",
    "tests.bench.peers",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PGTRIGGER_MIGRATIONS = False
RECORD_HASH = "sha256"
SECRET_KEY = "for measurements only"
USE_TZ = True
