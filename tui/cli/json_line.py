"""What the objects of a command's `--json` have in common where they are no events of a run."""

import msgspec


class JsonLine(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """Carry the tag that tells the objects of a command apart, `type` first."""
