"""Who EVA is: the live model's system instruction."""

from edgegw.voice.persona.persona import MAX_INSTRUCTION, Scene, instruction

__all__ = ["MAX_INSTRUCTION", "Scene", "instruction"]
