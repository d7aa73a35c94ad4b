"""Worlds: from a seed and a typed spec to a Blender scene with an object table.

`spec` and `scene_spec` say what a scene is, `registry` knows the generators, kinds and materials, `compose` builds.
"""
