"""What Open WebUI's methods on chats mean, by concern, apart from any store."""
