"""EVA, the voice assistant: a process of its own. This version has its settings only."""
