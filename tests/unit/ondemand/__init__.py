"""What the OnDemand client promises."""
