"""Summarises, or asks a model, as a worker does, and dies by SIGKILL right before the step that it is told."""

from acceptance.doomed_save import main
from holdfast import bootstrap
from holdfast.config import Settings
from holdfast.pipeline.ask_model import ask_model
from holdfast.pipeline.summarise import summarise_sessions
from holdfast.pipeline.tick import tick
from holdfast.store.transaction import transaction


def do(what: str) -> None:
    """Whatever is due of that kind."""
    settings = Settings.load()
    engine = bootstrap.engine(settings)
    with transaction(engine) as connection:
        due = [each for each in tick(connection) if each.task == f"holdfast.{what}"]
    for each in due:
        if what == "summarise":
            summarise_sessions(engine, each.arguments["keys"], rules=bootstrap.rules(settings))
        else:
            ask_model(engine, bootstrap.writer(settings), **each.arguments, budget=settings.model_tokens)


if __name__ == "__main__":
    main(do)
