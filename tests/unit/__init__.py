"""Pure rules, each with a table of examples."""
