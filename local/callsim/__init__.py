"""A phone call walked through contact flows, as Amazon Connect would. Pure: the world is a port."""
