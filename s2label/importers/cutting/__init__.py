"""Cutting scenes into chips: which tiles, each block decoded once, chips stored in the project."""
