"""The page of a lake: the read model as HTML and SVG, for ``pipelines report`` and ``pipelines ui``. Start with ``pages.py``.

It is pure: it makes no calls, and reads no clock and no file but its own templates, style and script.
"""
