"""The documents of the read model: dataclasses, their JSON form, and its schemas."""
