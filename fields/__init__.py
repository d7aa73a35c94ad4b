"""Learned 3D: fields trained on the dataset on disk. `train.train` makes one, `render.render` draws and scores it.

Importing this package imports neither torch nor Warp; the functions above say so in one line where they are missing.
"""

from __future__ import annotations
