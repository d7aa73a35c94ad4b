"""The one place that states the version; blender_manifest.toml repeats it and a test compares the two."""

VERSION = "0.1.0"
DATASET_FORMAT = 2
"""Raised whenever the layout of a dataset on disk changes in a way that an older reader would misread."""
