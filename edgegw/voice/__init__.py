"""EVA, the voice assistant: a process of its own, a client of the hub's voice socket.

    microphone ─► audio ─► hearing ─┐                          ┌─► live    the model, over the network
    speaker ◄── audio ◄── mouth ◄───┤   conversation (pure)    ├─► recognize, prompts    without it
    console ────────────────────────┴── events ► actions ◄─────┴─► door    the hub: proposals, answers, what happens

`process` builds and joins them, `director` carries out what the conversation decides. The model proposes; the hub
decides.
"""
