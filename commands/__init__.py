"""The commands of the command line: each module adds its own to the parser of `wildfield.cli`, and runs them."""
