"""Identity and access management: policies decided as AWS decides them, before moto answers."""
