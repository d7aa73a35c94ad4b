"""Kinds of world: each module draws a spec from a seed and composes it in Blender."""
