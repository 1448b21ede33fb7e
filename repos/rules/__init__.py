"""What Open WebUI's methods mean, apart from any store: pure functions that both adapters of a repository call."""
