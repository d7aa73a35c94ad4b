"""Grounds: the land of one kind of world each, a blend of what it is made of by the masks of the land and its habitat."""
