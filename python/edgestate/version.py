"""The version of this client and of the protocol it speaks."""

__version__ = "0.1.0"

#: The file set proto/edgestate/v1; a server answers with its own, and both must agree.
PROTOCOL = 1
