"""What all events have in common."""

import msgspec


class EventBase(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """Carry the tag that tells the events apart."""
