"""Documents, compared with the code they speak of."""
