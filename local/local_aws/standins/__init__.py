"""Stand-ins: vendors' interfaces on this machine, over verified TLS, with faults on demand.

A vendor is a folder with a class that has the shape of `stand_in.StandIn`; what the vendors share
lies beside the folders, and `server.build` lists them.
"""
