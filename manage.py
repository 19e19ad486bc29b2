#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError, connection


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as away:
        if connection.connection is not None:
            raise
        sys.exit(f"DATABASE_URL: the database cannot be reached ({str(away).strip().splitlines()[0]}).")


if __name__ == "__main__":
    main()
