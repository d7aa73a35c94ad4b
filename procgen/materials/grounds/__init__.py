"""Grounds of worlds, one file a kind: layers blended by the masks of its land."""
