"""Cameras: `view` says what they may see, `looking` finds where to stand, `trajectory` and its kin how they move, `world_rig`
and `orbit` which there are, `imu` what a sensor in them feels, `rules` what each takes, `rigs` lays them into Blender."""
