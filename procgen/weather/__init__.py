"""Light, air, clouds and wind: `air.air_of` computes them, `sky.add_sky` and `sky.wind_of` lay them into Blender."""
