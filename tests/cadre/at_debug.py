"""The settings of the box's process with every logger at its loudest (票箱日志的最坏情形)."""

from cadre.settings import *  # noqa: F403 - all but what stands below
from cadre.settings import LOGGING

DEBUG = True  # statements with their values go to a log only then
LOGGING["root"]["level"] = "DEBUG"  # type: ignore[index]
for logger in ("django", "django.request"):
    LOGGING["loggers"][logger]["level"] = "DEBUG"  # type: ignore[index]
