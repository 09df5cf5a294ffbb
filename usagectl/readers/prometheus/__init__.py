"""Prometheus text: snapshots of the metrics of servers and gateways.

Knows no other format.
"""
