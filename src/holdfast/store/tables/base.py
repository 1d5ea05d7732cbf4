"""What all tables have in common."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Double,
    LargeBinary,
    Text,
)
from sqlalchemy.orm import DeclarativeBase

__all__ = ["Base"]


class Base(DeclarativeBase):
    """By default text is `text`, a time `timestamptz`, an integer `bigint` and a number `double precision`."""

    type_annotation_map: ClassVar = {
        str: Text,
        int: BigInteger,
        float: Double,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
    }
