"""An audit: masks beside what models say that never saw their ground."""
