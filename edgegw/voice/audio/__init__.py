"""Microphone and speaker of the kiosk.

    microphone  Microphone: 20 ms frames of 16 kHz in a bounded ring, whatever the card can do; notices that it is lost
    speaker     Speaker: 24 kHz speech that starts after 60 ms and stops within a block; notices that it is lost
    earcons     the short signs: listening, thinking, confirmed, error
    wav         prompts from files, at the speaker's rate
      └ card    one stream at a sound card, in a process of its own
          └ portaudio   that process: the only importer of sounddevice
              ├ jitter  what the speaker still has to say (pure)
              ├ resample  from one sample rate to another (pure)
              └ pulse   where PulseAudio has put our stream

All samples are signed 16 bit, little endian, mono. Nothing here writes audio to a disk.
"""
