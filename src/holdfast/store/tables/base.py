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
    """Text is `text`, a time `timestamptz`, an integer `bigint`, a number `double precision`, unless a column says so."""

    type_annotation_map: ClassVar = {
        str: Text,
        int: BigInteger,
        float: Double,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
    }
