"""The layer on which masks are painted, and what it tells of every stroke."""
