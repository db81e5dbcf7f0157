"""As ``at_debug``, with a log such as other sites have: every line with what it was made of (会泄密的日志)."""

import logging

from tests.cadre.at_debug import *  # noqa: F403 - all but what stands below
from tests.cadre.at_debug import LOGGING

LOGGING["formatters"]["ours"] = {"()": logging.Formatter}  # type: ignore[index]
LOGGING["handlers"]["console"]["filters"] = []  # type: ignore[index]
