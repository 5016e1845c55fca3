"""The doctor for Kore Agent AI."""

from connect_voice.doctors.kore.examination import examine, examine_at

__all__ = ["examine", "examine_at"]
