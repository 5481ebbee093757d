"""What can go wrong with batches, besides what can go wrong with sessions.

ReconnectError
├── BatchNotFound             no batch has this id                   repeat: no
├── BatchClosed               its list is complete                   repeat: no, open another batch
├── ReportMissing             the batch has not ended                repeat: later, once it has
├── SourceMissing             no object has the key of the list      repeat: no, open another batch
├── SourceChanged             the list's object was replaced         repeat: no, open another batch
└── SourceUnavailable         S3 did not return a part of the list   repeat: yes
"""

from reconnect.model.errors import ReconnectError


class BatchNotFound(ReconnectError):
    """No batch has this id, or its record has passed its retention."""


class BatchClosed(ReconnectError):
    """The batch's list is complete; nothing was added."""


class ReportMissing(ReconnectError):
    """The batch has not ended, or ended without a report."""


class SourceMissing(ReconnectError):
    """No object has the key that a batch is to be read from."""


class SourceChanged(ReconnectError):
    """The object that a batch is read from was replaced while it was read. Nothing was begun."""


class SourceUnavailable(ReconnectError):
    """S3 did not return a part of the object that a batch is read from."""
