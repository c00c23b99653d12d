"""Whole products as they are downloaded: L1C and L2A, as ``.SAFE`` folder or in a zip."""
