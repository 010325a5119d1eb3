"""The other end: a reference consumer that turns a fleet's MQTT into rows and says what is durable."""
