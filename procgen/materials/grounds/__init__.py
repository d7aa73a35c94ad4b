"""Grounds of whole worlds: layers laid over the land by the masks of their habitat, one file a kind of world."""
