"""What an instructor runs: releases, grades and marks the homework, whose sources are beside it."""
