"""What travels over MQTT, as values: `events` for both streams, `messages` for everything beside them. No I/O."""
