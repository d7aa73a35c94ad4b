"""Procedural materials as textures: a place for every face (`atlas`, `patches`), and what Cycles sees there (`bake`)."""
