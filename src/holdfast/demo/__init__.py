"""The demo: an agent plans a trip, a worker is killed in the middle of its work, and the log is whole.

run.py         the demo from its servers to its verdict
planner.py     what the agent does, step by step: places.py, weather.py
agent.py       the agent as a process of its own, which writes down each event that Redis acknowledged
crew.py        the processes: two workers, beat, Flower, the agent
interrupts.py  Ctrl-C, once and at the right time
flower.py      what Flower sees of them
strike.py      a worker caught in the middle of a drain, and killed
check.py       the log against what was acknowledged
show.py        the screen

Nothing is imported here: the agent needs the client alone.
"""
