"""The card reader at the kiosk: what it sends becomes cards, and nothing else of it reaches anybody.

`ports` opens a serial reader or one that types like a keyboard, `framing` and `keys` make texts of their bytes, `cards`
says what counts as a card and as a new showing of it, `service` keeps the reader open.
"""
