"""The queue: what is sent to workers on commit, the outbox of events, leases and the brokers."""
