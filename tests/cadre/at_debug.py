"""The settings of the site's and of the box's processes with every logger at its loudest (日志的最坏情形)."""

from cadre.settings import *  # noqa: F403 - all but what stands below
from cadre.settings import LOGGING, PASSWORD_HASHERS

DEBUG = True  # statements with their values go to a log only then
LOGGING["root"]["level"] = "DEBUG"  # type: ignore[index]
for logger in ("django", "django.request"):
    LOGGING["loggers"][logger]["level"] = "DEBUG"  # type: ignore[index]
PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")  # by which tests make their accounts
