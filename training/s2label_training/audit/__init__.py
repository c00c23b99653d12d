"""The audit as a run: each mask looked at by a model that never saw its ground."""
