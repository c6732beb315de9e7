"""What a probe is made of: how its events come, what they are, and how it waits for them."""
