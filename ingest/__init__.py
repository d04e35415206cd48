"""MQTT in: messages are decoded, checked, journalled and only then acknowledged."""
