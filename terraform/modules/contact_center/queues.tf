resource "aws_connect_queue" "this" {
  for_each = { for key, queue in var.queues : key => queue if queue.existing_id == null }

  instance_id           = var.instance_id
  name                  = coalesce(each.value.name, "${var.prefix} ${each.key}")
  description           = each.value.description
  hours_of_operation_id = aws_connect_hours_of_operation.this.hours_of_operation_id
  max_contacts          = each.value.max_contacts
}

# Read, so that a queue that is not there is found out by the plan and not by a caller.
data "aws_connect_queue" "existing" {
  for_each = { for key, queue in var.queues : key => queue.existing_id if queue.existing_id != null }

  instance_id = var.instance_id
  queue_id    = each.value
}
