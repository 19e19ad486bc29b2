"""`make screenshots`: the pictures of the README, and every page in every size and mode under var/screenshots/."""
