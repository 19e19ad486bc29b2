"""A deterministic simulation: one process, a virtual clock, the sandbox without sockets, seeded faults."""
