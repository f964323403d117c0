"""Private editions of the homework on combining: what each item changes."""
