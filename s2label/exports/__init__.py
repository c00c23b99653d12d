"""Exports: what is accepted, as a data set that proves itself; `run` is the job."""
