"""Why a file can't be shown as a recording; each under its own code, with the line where there is one."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class NotARecording(DaoflowError):
    """The file is not an asciicast: its first line is no JSON object."""

    code = "NOT_A_RECORDING"


class RecordingHeader(DaoflowError):
    """The first line is JSON, but not the header of an asciicast v2."""

    code = "RECORDING_HEADER"


class RecordingSize(DaoflowError):
    """The recording is of a terminal larger or smaller than any we show."""

    code = "RECORDING_SIZE"


class RecordingDamaged(DaoflowError):
    """A line in the middle is not an event: what came after it can't be trusted."""

    code = "RECORDING_DAMAGED"


class RecordingTooBig(DaoflowError):
    """The file is larger than is read at once."""

    code = "RECORDING_TOO_BIG"
