"""The OnDemand platform, from Python: typed, async, and independent of everything around it.

Everything begins with `OnDemandClient`. What it returns are frozen values, what it raises are
`OnDemandError`s that say what follows from them. It keeps nothing: no session, no file, no word.
"""
