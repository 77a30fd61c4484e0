"""What the demo promises its page and whoever starts it."""
