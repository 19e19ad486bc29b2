"""`make screenshots`: the pictures of the README, and every page in both sizes and modes."""
