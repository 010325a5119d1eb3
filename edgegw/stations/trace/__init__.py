"""The conversation with a station, for who looks on.

    taps (raw frames) ─► watch ─► entries (what a frame says) ─► redact (secrets out, cards by another name) ─► API, CLI

Nothing of it runs while nobody looks on.
"""
