"""Out of Blender: beauty and truth renders, the dataset on disk, its reader, and one module a foreign format.

`dataset.write_scene` writes one scene, `manifest.Manifest` keeps the list of scenes, `reader.open_dataset` reads a dataset
back without Blender, `formats.formats` holds the exporters to other people's layouts by name.
"""
