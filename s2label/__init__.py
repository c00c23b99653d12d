"""What is kept: bands, rasters, masks, decisions and the catalog, without torch, Qt or napari."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("napari-s2label")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"
