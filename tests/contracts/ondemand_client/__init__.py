"""The client of OnDemand against the sandbox, over real HTTP: two rooms that share no code."""
