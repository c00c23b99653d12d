"""The catalog: the only SQL in the project."""
