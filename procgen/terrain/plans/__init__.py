"""Plans of land, one file a kind of world: where the ground is driven up and where water lies, before erosion."""
