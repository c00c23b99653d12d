"""Builders of test data, written from the published specifications and from nothing else."""
