resource "aws_connect_hours_of_operation" "this" {
  instance_id = var.instance_id
  name        = "${var.prefix} hours"
  description = "When the queues of ${var.prefix} are staffed."
  time_zone   = var.hours.time_zone

  dynamic "config" {
    for_each = flatten([
      for period in var.hours.schedule : [
        for day in period.days : {
          day   = day
          start = [for part in split(":", period.start) : tonumber(part)]
          end   = [for part in split(":", period.end) : tonumber(part)]
        }
      ]
    ])

    content {
      day = config.value.day

      start_time {
        hours   = config.value.start[0]
        minutes = config.value.start[1]
      }

      end_time {
        hours   = config.value.end[0]
        minutes = config.value.end[1]
      }
    }
  }
}
