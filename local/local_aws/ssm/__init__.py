"""Systems Manager: moto's parameters, of which some can be made to seem absent."""
