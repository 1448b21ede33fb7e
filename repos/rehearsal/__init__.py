"""What a rehearsal works on: a generated Open WebUI 0.6.36 database, and traffic as its users and old workers make it."""
