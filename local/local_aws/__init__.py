"""The embedded AWS: moto, and beside it the services moto lacks, in one process on 127.0.0.1."""
