"""What `./run deb` makes the Debian packages of, beside debian/ itself.

wheels      the locked wheels: fetched once, then unpacked without a network
tree        the folder under /usr/lib of each package, for all Pythons at once
papers      the licences and the bill of materials
commands    every command with its parser
manual      edgegw(8) and edgegw.yaml(5)
completion  bash completion
"""
