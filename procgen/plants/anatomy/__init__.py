"""What plants are made of: skeletons, tubes, blades and their outlines, bark, and the names of parts."""
