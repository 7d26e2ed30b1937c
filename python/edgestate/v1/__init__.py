"""Generated from proto/edgestate/v1 by regenerate.py; not part of the public interface."""
