"""Private editions of the homework on token embeddings: what each item changes."""
