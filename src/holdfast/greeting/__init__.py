"""The words of greeting: does somebody want to go on with what was, and what is said to them. Pure."""
