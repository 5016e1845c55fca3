"""Systems Manager: moto's, whose parameters can be made to seem absent, and itself out of reach."""
