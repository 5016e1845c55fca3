"""The state of a ServiceNow instance: declared, checked, mended on request, measured, traced.

Everything reads, except `writer`, which only `apply` opens.
"""
