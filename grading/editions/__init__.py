"""What a private edition changes: one module for a chapter, one function for an item."""
