"""Importers: a path becomes chips. Each file knows one kind of source; `run` drives them all."""
