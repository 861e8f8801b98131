"""The page of a day or a week, its form, and how it keeps up."""
