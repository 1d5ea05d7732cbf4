"""What all tables have in common."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    LargeBinary,
    Text,
)
from sqlalchemy.orm import DeclarativeBase

__all__ = ["Base"]


class Base(DeclarativeBase):
    """Text is `text`, a time is `timestamptz`, an integer is `bigint`, unless a column says otherwise."""

    type_annotation_map: ClassVar = {
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
    }
