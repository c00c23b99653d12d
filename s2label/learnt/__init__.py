"""What the user's own decisions teach: which images are likely to be rejected."""
