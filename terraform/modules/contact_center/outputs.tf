output "hours_of_operation_id" {
  description = "Id of the hours of operation."
  value       = aws_connect_hours_of_operation.this.hours_of_operation_id
}

output "queue_arns" {
  description = "ARNs of the queues by key."
  value = merge(
    { for key, queue in aws_connect_queue.this : key => queue.arn },
    { for key, queue in data.aws_connect_queue.existing : key => queue.arn },
  )
}

output "phone_numbers" {
  description = "The numbers that callers dial by key: id, ARN and the number itself in E.164 form."
  value       = local.phone_numbers
}
