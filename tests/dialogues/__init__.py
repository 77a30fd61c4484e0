"""The whole bot between the two sandbox servers, spoken to as people speak."""
