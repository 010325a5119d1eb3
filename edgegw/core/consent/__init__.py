"""Who may do what at the kiosk: the decision on what EVA or the screen proposes for a driver. Pure.

A voice proves that somebody is near the microphone, not who it is; a model may be talked into anything, and invents
calls. So the model only proposes. What is done rests on proofs that speech can't make, and on these rules.

declarations   the tools as JSON Schemas, and what is wrong with a call's arguments
"""
