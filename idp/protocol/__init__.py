"""The standards' vocabulary: pure values and rules, no input or output. Knows no table, no page, no source."""
