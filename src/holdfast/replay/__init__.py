"""Replay: recorded conversations go through the whole of Holdfast, and the log is then checked against the recording.

recording.py     the file, read and validated line by line
publishers.py    several processes that publish it, each its share: publish.py
waiting.py       until everything that was published is committed
check.py         the log against the file, message by message: compare.py
replay.py        all of that in order
report.py        what was found

Nothing is imported here: a publisher needs the client alone.
"""
