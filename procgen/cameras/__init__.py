"""Cameras: `view` says what a moving camera may see, `looking` finds where to stand, `rigs` lays cameras into Blender."""
