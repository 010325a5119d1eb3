"""`edgegw init`: from a fresh machine to a configuration that `check` accepts, and what the hub needs next.

answers   what there is to know of a site, with defaults; a file of them, checked
looking   what can be found: serial adapters, meters on them, stations that knock
writing   answers as the installer's file (pure)
command   asks, looks, writes, and says what is next
"""
