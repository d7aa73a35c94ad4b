"""Plants, in plain NumPy: skeletons grow first, tubes, blades and needles are laid on them, Blender sees the mesh only.

`anatomy` is what plants are made of, `growth` how they come to their form, season and colour. The other rooms hold the
generators, one file a family: trees, shrubs, herbs, succulents, and cryptogams (ferns, mosses, lichens, fungi).
"""
