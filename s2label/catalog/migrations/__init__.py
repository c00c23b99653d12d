"""Alembic's folder: how catalogs of older programs become today's."""
