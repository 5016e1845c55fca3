"""Kinesis Video Streams: streams, and the media that Connect has put into them."""
