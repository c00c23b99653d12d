"""Making an export again from its log, source files and mask files."""
