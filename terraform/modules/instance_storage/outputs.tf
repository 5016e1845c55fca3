output "data_stream_arn" {
  description = "ARN of the Kinesis stream with contact records and agent events; null when data streaming is off."
  value       = one(aws_kinesis_stream.this[*].arn)
}

output "media_stream_association_id" {
  description = "Id of the association for live media streaming; null when it is kept elsewhere."
  value       = one(aws_connect_instance_storage_config.media_streams[*].association_id)
}
