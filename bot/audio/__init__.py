"""Sound: what people recorded made ready to be heard, and speech made a voice note.

It knows nothing of the house, keeps nothing, and writes no file.
"""
