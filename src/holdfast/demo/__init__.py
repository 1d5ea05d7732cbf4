"""The demo: a trip is planned while a worker is killed, an agent is killed, and another hangs; and it is handed over.

run.py         the demo from its servers to its verdict
  strike.py    a worker caught in the middle of a drain, and killed
  crash.py     the agent killed in the middle of a call, and what the next one makes of it
  hang.py      an agent that hangs through a takeover, wakes, and is refused
  handover.py  another agent gets the trip handed over, and is kept to its scope and its budget
stage.py       what the acts share: the session, its log as it grows, the processes
crew.py        the processes: two workers, beat, Flower, the agents
interrupts.py  Ctrl-C, once and at the right time
flower.py      what Flower sees of them

agent.py       the agent as a process of its own
planner.py     what it does, step by step, from wherever it was broken off: trip.py, places.py, weather.py, weighing.py
writer.py      the agent to which the trip is handed over, a process too; leaflets.py is what it is to do
journal.py     what agents publish: each writes down what Redis acknowledged to it
outside.py     a restaurant and the post, where nothing can be undone

check.py       the log against what was acknowledged, and the outside against the log
handed.py      what was handed over, against the log
screen.py      lines; live.py says what happens, show.py what came of it

Nothing is imported here: the agent needs the client alone.
"""
