"""MQTT input: decodes, checks and journals messages, and only then acknowledges them."""
