"""Private editions of the homework on encoding vs embedding: what each item changes."""
