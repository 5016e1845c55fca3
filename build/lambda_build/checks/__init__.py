"""What must not be shipped. Each check returns the first fault as a sentence, or nothing."""
