"""Land: noise, erosion, height maps and the mesh that cameras see. `lake_terrain.lake_terrain` makes a world's `Terrain`."""
