"""The one node writer, the truth group of every material, and the way of meshes and instances into Blender."""
