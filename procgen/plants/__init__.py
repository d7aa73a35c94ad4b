"""Plants, in plain NumPy: skeletons grow first, tubes, blades and needles are laid on them, Blender sees the mesh only.

Shared tools: `skeleton`, `colonise`, `tubes`, `blades`, `parts`. Generators: `conifer`, `broadleaf`, `shrub`, `fern`,
`flower`, `grass`.
"""
