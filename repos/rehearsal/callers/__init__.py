"""What a worker calls: the repositories as the application does, and the tables as a foreign program does."""
