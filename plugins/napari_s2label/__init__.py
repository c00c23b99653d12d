"""What you see: the napari plugin. Never imports torch, not even indirectly."""
