"""What is kept of a session when it rests: its summary, what was learned, patterns, and what the user is told. Pure.

events ──> summary/   a range of the log in a few sentences, each with its events; builds on the one before
      └──> extracting/ ──> findings ──> memory/   evidence, confidence, contradiction: what is remembered
sessions ──> patterns/   when the user works, in which order, what they choose ──> what to suggest
"""
