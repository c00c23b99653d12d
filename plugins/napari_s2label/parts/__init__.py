"""Small pieces that several docks share."""
