"""The site's nouns as immutable values: no behaviour beyond construction, no I/O, no library but the standard one."""
