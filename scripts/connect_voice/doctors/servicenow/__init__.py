"""The doctor for ServiceNow AI voice agents."""

from connect_voice.doctors.servicenow.examination import examine, examine_at

__all__ = ["examine", "examine_at"]
