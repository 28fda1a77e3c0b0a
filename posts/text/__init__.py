"""What people write: its links, topics and mentions in any script, and its one way into HTML."""
