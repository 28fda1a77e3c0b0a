"""What views answer with: responses, pages kept whole, pages of lists, refusals and outages."""
