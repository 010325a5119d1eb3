"""Sentences that need no cloud: their texts, and the sound of them."""
