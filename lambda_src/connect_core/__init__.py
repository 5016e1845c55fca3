"""What every Lambda between Amazon Connect and a voice vendor needs, and nothing a vendor owns."""
