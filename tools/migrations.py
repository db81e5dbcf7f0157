#!/usr/bin/env python3
"""Is every change of a model in a migration?  Asks without a database: the graph of migrations says it all."""

import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "cadre.settings"
    import django
    from django.core.management import call_command

    django.setup()
    warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
    call_command("makemigrations", check=True, dry_run=True, verbosity=1, skip_checks=True)


if __name__ == "__main__":
    main()
