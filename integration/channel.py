"""The name under which Commerce knows Amazon."""

CHANNEL = "AMAZON"
