"""What every thing is in a picture: its boxes, its silhouette and how much of it is seen.

`shapes` reads the things' meshes from Blender, `annotations` makes the rows of things/; between them `projection`, `rasterise`
and `silhouettes` draw whole things, and `hulls` keeps the points that can be at an edge.
"""

from .annotations import annotate
from .shapes import read_shapes

__all__ = ["annotate", "read_shapes"]
