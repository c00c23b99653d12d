"""``python -m s2label``."""

from s2label.cli import script

script()
