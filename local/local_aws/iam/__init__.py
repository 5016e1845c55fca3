"""Identity and access management: requests decided as AWS decides them, before moto answers.

Pure: policy, patterns, operators, evaluation, simulation, trust, signature. The rest reads moto's
state.
"""
