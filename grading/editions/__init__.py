"""What a private edition changes of each item: one module for a chapter, one function for an item."""
