"""The Lambda that lets Kore transcribe a call: access to its audio stream, and who asks for it."""
